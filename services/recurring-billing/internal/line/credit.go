package line

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Charged is what invoices charge a line for some days: the charges in the order of their days, and the invoices in the order
// of their numbers.
type Charged struct {
	Charges []billing.Charge
	Bills   []Bill
}

// Bill is what the cancellation of a line has to know of an invoice.
type Bill struct {
	// Name is the invoice's id, Number its number, 0 for a draft.
	Name     string
	Number   int64
	Standing Standing
}

// Standing is what an invoice is worth to the credit of a line.
type Standing int

// The standings of an invoice.
const (
	// BillWhole is finalized, and nothing of it was credited.
	BillWhole Standing = iota
	// BillDraft is a draft.
	BillDraft
	// BillVoid was voided.
	BillVoid
	// BillCredited was credited by credit notes, in whole or in part.
	BillCredited
)

// creditBilled credits a line that is being cancelled for the days from its end on that are billed.
func creditBilled(ctx context.Context, w Writer, line *Line) error {
	days, currency := billing.Span{Start: line.End, End: line.NextCycle}, line.MonthlyAmount().Currency
	charged, err := w.Charged(ctx, line.ID, days, currency)
	if err != nil {
		return fmt.Errorf("crediting line %d: %w", line.ID, err)
	}
	amount, err := line.creditFor(days, charged.Charges)
	if err != nil || !amount.Value.IsPos() {
		return err
	}
	if err := checkUncorrected(line.ID, charged.Bills); err != nil {
		return err
	}
	line.Cancellation.Credit, line.Cancellation.Pending = amount, true
	return KeepPendingCredit(ctx, w, *line)
}

// creditFor is what billed days of the line are credited: what invoices charged for them (rule 16 of billing), and for days
// that no invoice here bills, since the line lived elsewhere then, what they cost as cycle runs bill the line now.
func (l Line) creditFor(days billing.Span, charges []billing.Charge) (money.Amount, error) {
	charged, elsewhere, err := billing.Charged(days, charges)
	if err != nil {
		return money.Amount{}, fmt.Errorf("crediting line %d: %w", l.ID, err)
	}
	total := money.SumOf(charged)
	for _, span := range elsewhere {
		amount, err := l.billedFor(span.Start, span.End)
		if err != nil {
			return money.Amount{}, err
		}
		total = total.Plus(money.SumOf(amount.Minor()))
	}
	minor, ok := total.Minor()
	if !ok {
		return money.Amount{}, fmt.Errorf("crediting line %d: the credit is larger than can be held", l.ID)
	}
	return l.MonthlyAmount().Currency.OfMinor(minor)
}

// checkUncorrected refuses a credit for days on a draft, which were charged to nobody yet, and for days whose invoice was given
// back in another way: nobody can say any more what the days of one line are still worth.
func checkUncorrected(line ID, bills []Bill) error {
	for _, bill := range bills {
		if bill.Standing == BillDraft {
			return fault.New(fault.FailedPrecondition, reason.InvoiceDraft,
				"days to be credited of line %d stand on invoice %s, a draft: finalize or delete it first, or cancel the line without a credit", line, bill.Name)
		}
	}
	for _, bill := range bills {
		switch bill.Standing {
		case BillVoid:
			return fault.New(fault.FailedPrecondition, reason.InvoiceCorrected,
				"invoice %d, which bills days to be credited of line %d, was taken back: cancel the line without a credit, and give days on other invoices back by credit notes",
				bill.Number, line)
		case BillCredited:
			return fault.New(fault.FailedPrecondition, reason.InvoiceCorrected,
				"invoice %d, which bills days to be credited of line %d, has credit notes: cancel the line without a credit, and give what may be left of the days back by another credit note",
				bill.Number, line)
		}
	}
	return nil
}

// creditStays says what can be done about a cancellation that cannot be withdrawn, since its credit was given.
func creditStays(ctx context.Context, r Reader, line Line) error {
	carrier, given, err := r.CreditCarrier(ctx, line.ID)
	if err != nil {
		return err
	}
	another := fmt.Sprintf("create another line from %s on", line.End)
	if !given {
		return fault.New(fault.FailedPrecondition, reason.CreditBilled, "line %d was credited before it came here: %s", line.ID, another)
	}
	on := fmt.Sprintf("the credit of line %d stands on invoice %s", line.ID, carrier.Name)
	switch carrier.Standing {
	case BillDraft:
		on += ", a draft: delete that first, or "
	case BillWhole:
		on = fmt.Sprintf("the credit of line %d stands on invoice %d: void that first, or ", line.ID, carrier.Number)
	default:
		on += ", which is given back by credit notes: "
	}
	return fault.New(fault.FailedPrecondition, reason.CreditBilled, "%s%s", on, another)
}
