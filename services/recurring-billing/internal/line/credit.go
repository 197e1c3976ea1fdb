package line

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Charged holds what invoices charge a line for a span of days: the charges in the order of their
// days, and the invoices in the order of their numbers.
type Charged struct {
	Charges []billing.Paid
	Bills   []Bill
}

// missing returns those of some days that no charge bills, in order.
func (c *Charged) missing(days billing.Span) ([]billing.Span, error) {
	charges := make([]billing.Charge, len(c.Charges))
	for i := range c.Charges {
		charges[i] = c.Charges[i].Charge
	}
	_, missing, err := billing.Charged(days, charges)
	return missing, err
}

// Bill holds what a cancellation needs to know of an invoice.
type Bill struct {
	// Name is the id of the invoice, and Number its number, or 0 for a draft.
	Name     string
	Number   int64
	Standing Standing
}

// Standing tells whether the days on an invoice can be credited when a line is cancelled.
type Standing int

// The standings of an invoice.
const (
	// BillWhole is a finalized invoice without credit notes.
	BillWhole Standing = iota
	// BillDraft is a draft.
	BillDraft
	// BillVoid is a void invoice.
	BillVoid
	// BillCredited is an invoice with credit notes, for all or part of it.
	BillCredited
)

// creditBilled adds credits for the billed days after the end of a line that is being cancelled, to
// the bill-tos that were charged for them.
func creditBilled(ctx context.Context, w Writer, line *Line) error {
	proration, err := w.Proration(ctx)
	if err != nil {
		return fmt.Errorf("crediting line %d: %w", line.ID, err)
	}
	credited := len(line.Credits)
	for _, days := range line.billedDays(billing.Span{Start: line.End, End: line.NextCycle}) {
		charged, err := w.Charged(ctx, line.ID, days, line.MonthlyAmount().Currency)
		if err != nil {
			return fmt.Errorf("crediting line %d: %w", line.ID, err)
		}
		before := len(line.Credits)
		if err := line.credit(days, charged.Charges, proration); err != nil {
			return err
		}
		if len(line.Credits) == before {
			continue
		}
		if err := checkUncorrected(line.ID, charged.Bills, "cancel the line without a credit"); err != nil {
			return err
		}
	}
	return keepCredits(ctx, w, line.ID, line.Credits[credited:])
}

// credit credits billed days of a cancelled line (rules 16 and 18 of billing). Days that were billed
// elsewhere, before the line was imported, are credited at what a cycle run would bill now.
func (l *Line) credit(days billing.Span, charges []billing.Paid, proration billing.Proration) error {
	var priced []billing.PricedDays
	elsewhere := func(days billing.Span) (int64, error) {
		minor, how, err := l.billedFor(days, proration)
		priced = append(priced, how...)
		return minor, err
	}
	shares, err := billing.Shares(days, charges, int32(l.BillTo), elsewhere)
	if err != nil {
		return fmt.Errorf("crediting line %d: %w", l.ID, err)
	}
	var total money.Sum
	if !l.Cancellation.Credit.IsZero() {
		total = money.SumOf(l.Cancellation.Credit.Minor())
	}
	for _, share := range shares {
		amount, err := l.MonthlyAmount().Currency.OfMinor(share.Amount)
		if err != nil {
			return fmt.Errorf("crediting line %d: %w", l.ID, err)
		}
		total = total.Plus(money.SumOf(share.Amount))
		l.Credits = append(slices.Clip(l.Credits), Credit{
			BillTo: catalogue.BillToID(share.BillTo), From: share.Start, To: share.End, Amount: amount, Reason: l.Cancellation.Reason,
			Elsewhere: within(priced, share.Span),
		})
	}
	minor, ok := total.Minor()
	if !ok {
		return fmt.Errorf("crediting line %d: the credit is larger than can be held", l.ID)
	}
	if len(shares) > 0 {
		l.Cancellation.Pending = true
		l.Cancellation.Credit, err = l.MonthlyAmount().Currency.OfMinor(minor)
	}
	return err
}

// within returns those of priced days that lie in a span.
func within(priced []billing.PricedDays, days billing.Span) (found []billing.PricedDays) {
	for _, p := range priced {
		if p.Span.Overlaps(days) {
			found = append(found, p)
		}
	}
	return found
}

// checkUncorrected rejects a credit for days on a draft, which are not charged yet, and for days on
// an invoice that was voided or credited, because the rest of one line's share is then unknown.
// instead says what can be done without it.
func checkUncorrected(line ID, bills []Bill, instead string) error {
	for _, bill := range bills {
		if bill.Standing == BillDraft {
			return fault.New(fault.FailedPrecondition, reason.InvoiceDraft,
				"days to be credited of line %d stand on invoice %s, a draft: finalize or delete it first, or %s", line, bill.Name, instead)
		}
	}
	for _, bill := range bills {
		switch bill.Standing {
		case BillVoid:
			return fault.New(fault.FailedPrecondition, reason.InvoiceCorrected,
				"invoice %d, which bills days to be credited of line %d, was voided: %s, and credit days on other invoices by credit notes",
				bill.Number, line, instead)
		case BillCredited:
			return fault.New(fault.FailedPrecondition, reason.InvoiceCorrected,
				"invoice %d, which bills days to be credited of line %d, has credit notes: %s, and credit the rest of the days by another credit note",
				bill.Number, line, instead)
		}
	}
	return nil
}

// creditStays returns the fault for a cancellation that cannot be withdrawn because its credit was
// billed. It says what can be done instead.
func creditStays(ctx context.Context, r Reader, line Line) error {
	carrier, given, err := r.CreditCarrier(ctx, line.ID)
	if err != nil {
		return err
	}
	another := fmt.Sprintf("create another line from %s on", line.End)
	if !given {
		return fault.New(fault.FailedPrecondition, reason.CreditBilled, "line %d was credited before it was imported: %s", line.ID, another)
	}
	on := fmt.Sprintf("the credit of line %d stands on invoice %s", line.ID, carrier.Name)
	switch carrier.Standing {
	case BillDraft:
		on += ", a draft: delete that first, or "
	case BillWhole:
		on = fmt.Sprintf("the credit of line %d stands on invoice %d: void that first, or ", line.ID, carrier.Number)
	default:
		on += ", which has credit notes: "
	}
	return fault.New(fault.FailedPrecondition, reason.CreditBilled, "%s%s", on, another)
}
