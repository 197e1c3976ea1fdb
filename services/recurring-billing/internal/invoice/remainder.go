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

// CheckNotCredited refuses to void an invoice of which something was credited, and says what can be done instead.
func CheckNotCredited(ctx context.Context, r RemainderReader, invoice *Invoice, billed []line.ID) error {
	if invoice.Credited == 0 {
		return checkLinesNotCredited(ctx, r, invoice, billed)
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

func checkLinesNotCredited(ctx context.Context, r RemainderReader, invoice *Invoice, billed []line.ID) error {
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

// remainder is what is left of an invoice, in minor units.
type remainder struct {
	total int64
	// items are what is left of each item, 0 or less where nothing is.
	items []int64
}

// remainderOf is what credit notes did not credit of an invoice, and its lines were not credited when they were
// cancelled: of each item, what was credited for the days of its own parts.
func remainderOf(ctx context.Context, r RemainderReader, invoice *Invoice) (remainder, error) {
	left := remainder{total: invoice.Total - invoice.Credited, items: make([]int64, len(invoice.Items))}
	for i, item := range invoice.Items {
		left.items[i] = item.Amount
	}
	credited, err := creditedOf(ctx, r, invoice)
	if err != nil {
		return remainder{}, err
	}
	for i, amount := range credited {
		left.items[i] -= amount
		left.total -= amount
	}
	for after := CreditNoteID(0); ; {
		notes, err := r.CreditNotes(ctx, CreditNoteFilter{Invoice: invoice.ID}, after, invoicesAtOnce)
		if err != nil {
			return remainder{}, err
		}
		for _, note := range notes {
			for _, item := range note.Items {
				left.items[item.Position-1] -= item.Amount
			}
			after = note.ID
		}
		if len(notes) < invoicesAtOnce {
			return left, nil
		}
	}
}
