package invoice

import (
	"context"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// CreditExplanation explains the amount of a credit that an invoice carries.
type CreditExplanation struct {
	Line line.ID
	billing.Span
	// Amount is the credited amount in minor units.
	Amount int64
	// Known tells whether the line still has the credit. Then Kind and Reason are why it was
	// granted.
	Known  bool
	Kind   line.CreditKind
	Reason line.ReasonCode
	// Charges holds what was charged for the days, in their order.
	Charges []CreditedCharge
	// Given tells that the credit was granted at another amount than the charges come to.
	Given bool
	Rules []billing.Rule
}

// CreditedCharge is what a charge comes to for those of its days that are credited.
type CreditedCharge struct {
	billing.Charge
	// Invoice bills the days. It is empty if they were billed before the line was imported.
	Invoice ID
	// Days are the credited days of the charge, and Cost explains what they come to.
	Days billing.Span
	Cost billing.Explained
}

// credit explains the item of a credit.
func (x *explainer) credit(ctx context.Context, item *billing.InvoiceItem) (CreditExplanation, error) {
	of, err := x.Line(ctx, line.ID(item.Parts[0].Line))
	if err != nil {
		return CreditExplanation{}, err
	}
	explained := CreditExplanation{
		Line: of.ID, Span: item.Period, Amount: -item.Amount,
		Rules: []billing.Rule{billing.RuleCredit, billing.RulePayer},
	}
	granted := x.granted(&of, item)
	if granted != nil {
		explained.Known, explained.Kind, explained.Reason = true, granted.Kind, granted.Reason
	}
	if explained.Kind != "" {
		explained.Rules = append(explained.Rules, billing.RuleAgain)
	}
	if explained.Charges, err = x.credited(ctx, &of, granted, item.Period); err != nil {
		return CreditExplanation{}, err
	}
	var sum int64
	for i := range explained.Charges {
		sum += explained.Charges[i].Cost.Amount()
	}
	if explained.Given = sum != explained.Amount; explained.Given {
		explained.Rules = append(explained.Rules, billing.RuleGiven)
	}
	return explained, nil
}

// granted returns the credit of a line that an item carries, or nil if the line has it no more. An
// invoice that was voided has passed its credits on.
func (x *explainer) granted(of *line.Line, item *billing.InvoiceItem) (found *line.Credit) {
	for i := range of.Credits {
		credit := &of.Credits[i]
		if credit.Span() != item.Period || credit.BillTo != x.invoice.BillTo || credit.Amount.Currency != x.invoice.Currency || credit.Amount.Minor() != -item.Amount {
			continue
		}
		if found == nil || credit.Invoice == string(x.invoice.ID) {
			found = credit
		}
	}
	return found
}

// credited returns what was charged for credited days: on the invoice that a credit names, or to the
// bill-to of this invoice.
func (x *explainer) credited(ctx context.Context, of *line.Line, granted *line.Credit, days billing.Span) ([]CreditedCharge, error) {
	var billed *charged
	switch {
	case granted == nil || granted.Kind == "":
		found, _, err := chargedFor(ctx, x, map[line.ID]billing.Span{of.ID: days}, x.invoice.Currency)
		if err != nil {
			return nil, err
		}
		billed = found[of.ID].to(x.invoice)
	case granted.Of == "":
		billed = &charged{}
	default:
		found, err := x.InvoicesOf(ctx, []ID{ID(granted.Of)})
		if err != nil {
			return nil, err
		}
		if billed = (&charged{}); len(found) == 1 {
			billed = found[0].charges(of.ID)
		}
	}
	charges, places := billed.overlapping(days)
	credited := make([]CreditedCharge, 0, len(charges))
	for i := range charges {
		shared := charges[i].Days().Overlap(days)
		credited = append(credited, CreditedCharge{charges[i], places[i].invoice, shared, charges[i].ExplainCredit(shared)})
	}
	return x.elsewhere(ctx, of, days, charges, credited)
}

// elsewhere adds days that no invoice bills, at what a run would bill for them.
func (x *explainer) elsewhere(ctx context.Context, of *line.Line, days billing.Span, charges []billing.Charge, credited []CreditedCharge) ([]CreditedCharge, error) {
	_, missing, err := billing.Charged(days, charges)
	if err != nil || len(missing) == 0 {
		return credited, err
	}
	proration, err := x.Proration(ctx)
	if err != nil {
		return nil, err
	}
	for _, span := range missing {
		pieces, err := of.ChargesFor(span, proration)
		if err != nil {
			return nil, err
		}
		for _, piece := range pieces {
			credited = append(credited, CreditedCharge{piece, "", piece.Span, piece.Explain(piece.Period, piece.Span)})
		}
	}
	return credited, nil
}

// to returns the charges to the bill-to of an invoice.
func (c *charged) to(inv *Invoice) *charged {
	var own charged
	for i, place := range c.items {
		if place.billTo == inv.BillTo {
			own.charges, own.items = append(own.charges, c.charges[i]), append(own.items, place)
		}
	}
	return &own
}
