package invoice

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// CheckNothingGiven refuses to take back an invoice of which something was given back, and says what can be done instead.
func CheckNothingGiven(ctx context.Context, r RemainderReader, invoice *Invoice, billed []line.ID) error {
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

func checkNotCredited(ctx context.Context, r RemainderReader, invoice *Invoice, billed []line.ID) error {
	given, err := r.GivenCredits(ctx, billed)
	if err != nil {
		return err
	}
	first := slices.IndexFunc(given, func(c GivenCredit) bool { return invoice.Bills(c.Line, c.Span) })
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
	case carrier.State == Draft:
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
	found, err := r.InvoicesOf(ctx, []ID{credit.Invoice})
	if err != nil || len(found) == 0 {
		return Invoice{}, err
	}
	return found[0], nil
}

// voidable reports whether nothing of the invoice itself stands against taking it back.
func (i *Invoice) voidable() bool { return i.State == Finalized && i.Credited == 0 }

// invoicesAtOnce bounds the memory that it takes to go over invoices.
const invoicesAtOnce = 100
