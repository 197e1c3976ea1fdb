package invoice

import (
	"context"
	"slices"

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
	// Given tells that the charges do not come to the amount. Missing tells that they do not hold all
	// of the days: some were billed before the line was imported, or on an invoice that is void, and
	// what was charged for them is not known.
	Given, Missing bool
	Rules          []billing.Rule
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
	switch explained.Kind {
	case line.OfRate:
		explained.Rules = append(explained.Rules, billing.RuleAgain)
	case line.OfPause:
		explained.Rules = append(explained.Rules, billing.RulePause)
	}
	charges, missing, err := x.credited(ctx, &of, granted, item.Period)
	if err != nil {
		return CreditExplanation{}, err
	}
	explained.Charges, explained.Missing = charges, len(missing) > 0
	if explained.Missing && granted != nil {
		elsewhere, err := x.elsewhere(ctx, &of, granted, missing)
		if err != nil {
			return CreditExplanation{}, err
		}
		if costOf(charges)+costOf(elsewhere) == explained.Amount {
			explained.Charges, explained.Missing = slices.Concat(charges, elsewhere), false
			slices.SortFunc(explained.Charges, func(a, b CreditedCharge) int { return a.Days.Start.Compare(b.Days.Start) })
		}
	}
	if explained.Given = costOf(explained.Charges) != explained.Amount; explained.Given && !explained.Missing {
		explained.Rules = append(explained.Rules, billing.RuleGiven)
	}
	return explained, nil
}

// costOf returns what charges come to for their credited days.
func costOf(charges []CreditedCharge) (sum int64) {
	for i := range charges {
		sum += charges[i].Cost.Amount()
	}
	return sum
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
// bill-to of this invoice, before this one. missing holds the days that none of these charges hold.
func (x *explainer) credited(ctx context.Context, of *line.Line, granted *line.Credit, days billing.Span) (credited []CreditedCharge, missing []billing.Span, err error) {
	billed := &charged{}
	switch {
	case granted == nil || granted.Kind == "":
		found, _, err := chargedFor(ctx, x, map[line.ID]billing.Span{of.ID: days}, x.invoice.Currency)
		if err != nil {
			return nil, nil, err
		}
		billed = found[of.ID].before(x.invoice)
	case granted.Of != "":
		found, err := x.InvoicesOf(ctx, []ID{ID(granted.Of)})
		if err != nil {
			return nil, nil, err
		}
		if len(found) == 1 {
			billed = found[0].charges(of.ID)
		}
	}
	charges, places := billed.overlapping(days)
	for i := range charges {
		shared := charges[i].Days().Overlap(days)
		credited = append(credited, CreditedCharge{charges[i], places[i].invoice, shared, charges[i].ExplainCredit(shared)})
	}
	_, missing, err = billing.Charged(days, charges)
	return credited, missing, err
}

// elsewhere returns what days that no invoice bills were credited at: what a run would have billed when
// the credit was granted. If a program that did not keep that has granted it, it is what a run would
// bill now, which can be another amount.
func (x *explainer) elsewhere(ctx context.Context, of *line.Line, granted *line.Credit, missing []billing.Span) (credited []CreditedCharge, err error) {
	for i := range granted.Elsewhere {
		priced := &granted.Elsewhere[i]
		cost := priced.Explain(priced.Period, priced.Span)
		credited = append(credited, CreditedCharge{
			billing.Charge{Line: int32(of.ID), Span: priced.Span, Period: priced.Period, Amount: cost.Amount(), Pricing: priced.Pricing}, "", priced.Span, cost,
		})
	}
	if len(credited) > 0 {
		return credited, nil
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

// before returns the charges to the bill-to of an invoice by invoices of its run and earlier ones.
func (c *charged) before(inv *Invoice) *charged {
	var own charged
	for i, place := range c.items {
		if place.billTo == inv.BillTo && runOf(place.invoice) <= inv.Run {
			own.charges, own.items = append(own.charges, c.charges[i]), append(own.items, place)
		}
	}
	return &own
}
