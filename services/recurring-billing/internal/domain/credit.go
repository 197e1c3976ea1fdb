package domain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// creditBilled credits a line that is being cancelled for the days from its end on that are billed.
func creditBilled(ctx context.Context, w Writer, line *Line) error {
	days, currency := billing.Span{Start: line.End, End: line.NextCycle}, line.MonthlyAmount().Currency
	billed, invoices, err := chargedFor(ctx, w, map[LineID]billing.Span{line.ID: days}, currency)
	if err != nil {
		return fmt.Errorf("crediting line %d: %w", line.ID, err)
	}
	amount, err := line.creditFor(days, billed[line.ID].charges)
	if err != nil || !amount.Value.IsPos() {
		return err
	}
	if err := checkUncorrected(line.ID, invoices); err != nil {
		return err
	}
	line.Cancellation.Credit, line.Cancellation.Pending = amount, true
	return keepPendingCredit(ctx, w, *line)
}

// creditFor is what billed days of the line are credited: what invoices charged for them (rule 16 of billing), and for days
// that no invoice here bills, since the line lived elsewhere then, what they cost as cycle runs bill the line now.
func (l Line) creditFor(days billing.Span, charges []billing.Charge) (Amount, error) {
	charged, elsewhere, err := billing.Charged(days, charges)
	if err != nil {
		return Amount{}, fmt.Errorf("crediting line %d: %w", l.ID, err)
	}
	total := exactSum{minor: charged}
	for _, span := range elsewhere {
		amount, err := l.billedFor(span.Start, span.End)
		if err != nil {
			return Amount{}, err
		}
		total.add(amount.Minor())
	}
	if total.overflow {
		return Amount{}, fmt.Errorf("crediting line %d: the credit is larger than can be held", l.ID)
	}
	return l.MonthlyAmount().Currency.OfMinor(total.minor)
}

// checkUncorrected refuses a credit for days on a draft, which were charged to nobody yet, and for days whose invoice was given
// back in another way: nobody can say any more what the days of one line are still worth.
func checkUncorrected(line LineID, invoices []Invoice) error {
	for _, invoice := range invoices {
		if invoice.State == InvoiceDraft {
			return fault.New(fault.FailedPrecondition, reason.InvoiceDraft,
				"days to be credited of line %d stand on invoice %s, a draft: finalize or delete it first, or cancel the line without a credit", line, invoice.ID)
		}
	}
	for _, invoice := range invoices {
		switch {
		case invoice.State == InvoiceVoid:
			return fault.New(fault.FailedPrecondition, reason.InvoiceCorrected,
				"invoice %d, which bills days to be credited of line %d, was taken back: cancel the line without a credit, and give days on other invoices back by credit notes",
				invoice.Number, line)
		case invoice.Credited > 0:
			return fault.New(fault.FailedPrecondition, reason.InvoiceCorrected,
				"invoice %d, which bills days to be credited of line %d, has credit notes: cancel the line without a credit, and give what may be left of the days back by another credit note",
				invoice.Number, line)
		}
	}
	return nil
}

// checkNothingGiven refuses to take back an invoice of which something was given back, and says what can be done instead.
func checkNothingGiven(ctx context.Context, r BillingReader, invoice *Invoice, billed []LineID) error {
	if invoice.Credited == 0 {
		return checkNotCredited(ctx, r, invoice, billed)
	}
	left, err := remainderOf(ctx, r, invoice)
	if err != nil {
		return err
	}
	if left.total <= 0 {
		return fault.New(fault.FailedPrecondition, reason.Credited, "invoice %d has credit notes, and nothing is left of it that could be taken back", invoice.Number)
	}
	return fault.New(fault.FailedPrecondition, reason.Credited, "invoice %d has credit notes: give the rest of it, %s, back by another credit note",
		invoice.Number, invoice.text(left.total))
}

func checkNotCredited(ctx context.Context, r BillingReader, invoice *Invoice, billed []LineID) error {
	given, err := r.GivenCredits(ctx, billed)
	if err != nil {
		return err
	}
	first := slices.IndexFunc(given, func(c GivenCredit) bool { return invoice.bills(c.Line, c.Span) })
	if first < 0 {
		return nil
	}
	credit := given[first]
	carrier, err := carrierOf(ctx, r, credit)
	if err != nil {
		return err
	}
	left, err := remainderOf(ctx, r, invoice)
	if err != nil {
		return err
	}
	var ways []string
	switch {
	case credit.Invoice == "":
		ways = append(ways, "take that cancellation back first")
	case carrier.State == InvoiceDraft:
		ways = append(ways, fmt.Sprintf("delete draft %s, on which the credit stands, and take that cancellation back first", carrier.ID))
	case carrier.voidable():
		ways = append(ways, fmt.Sprintf("void invoice %d, on which the credit stands, and take that cancellation back first", carrier.Number))
	}
	if invoice.Total > 0 && left.total > 0 {
		ways = append(ways, fmt.Sprintf("give the rest of the invoice, %s, back by a credit note", invoice.text(left.total)))
	}
	if len(ways) == 0 {
		ways = append(ways, "nothing is left of the invoice that could be taken back")
	}
	return fault.New(fault.FailedPrecondition, reason.LineCredited, "line %d was credited for days of invoice %d when it was cancelled: %s",
		credit.Line, invoice.Number, strings.Join(ways, ", or "))
}

// carrierOf is the invoice that carries a credit, none for one that waits.
func carrierOf(ctx context.Context, r BilledReader, credit GivenCredit) (Invoice, error) {
	if credit.Invoice == "" {
		return Invoice{}, nil
	}
	found, err := r.InvoicesOf(ctx, []InvoiceID{credit.Invoice})
	if err != nil || len(found) == 0 {
		return Invoice{}, err
	}
	return found[0], nil
}

// voidable reports whether nothing of the invoice itself stands against taking it back.
func (i *Invoice) voidable() bool { return i.State == InvoiceFinalized && i.Credited == 0 }

// creditStays says what can be done about a cancellation that cannot be taken back, since its credit was given.
func creditStays(ctx context.Context, r BilledReader, line Line) error {
	given, err := r.GivenCredits(ctx, []LineID{line.ID})
	if err != nil {
		return err
	}
	another := fmt.Sprintf("create another line from %s on", line.End)
	if len(given) == 0 {
		return fault.New(fault.FailedPrecondition, reason.CreditBilled, "line %d was credited before it came here: %s", line.ID, another)
	}
	carrier, err := carrierOf(ctx, r, given[0])
	if err != nil {
		return err
	}
	on := fmt.Sprintf("the credit of line %d stands on invoice %s", line.ID, given[0].Invoice)
	switch {
	case carrier.State == InvoiceDraft:
		on += ", a draft: delete that first, or "
	case carrier.voidable():
		on = fmt.Sprintf("the credit of line %d stands on invoice %d: void that first, or ", line.ID, carrier.Number)
	default:
		on += ", which is given back by credit notes: "
	}
	return fault.New(fault.FailedPrecondition, reason.CreditBilled, "%s%s", on, another)
}
