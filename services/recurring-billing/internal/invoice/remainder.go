package invoice

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// CheckNotCredited returns a fault if part of the invoice was credited. The fault says what can be
// done instead of voiding it.
func CheckNotCredited(ctx context.Context, r RemainderReader, invoice *Invoice, billed []line.ID) error {
	if invoice.Credited == 0 {
		return checkLinesNotCredited(ctx, r, invoice, billed)
	}
	left, err := remainderOf(ctx, r, invoice)
	if err != nil {
		return err
	}
	if left.total <= 0 {
		return fault.New(fault.FailedPrecondition, reason.Credited, "invoice %d has credit notes, and nothing is left of it to credit", invoice.Number)
	}
	return fault.New(fault.FailedPrecondition, reason.Credited, "invoice %d has credit notes: credit the rest of it, %s, by another credit note",
		invoice.Number, invoice.text(left.total))
}

func checkLinesNotCredited(ctx context.Context, r RemainderReader, invoice *Invoice, billed []line.ID) error {
	given, err := r.GivenCredits(ctx, billed)
	if err != nil {
		return err
	}
	first := slices.IndexFunc(given, invoice.creditedBy)
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
	case credit.Kind != "":
	case credit.Invoice == "":
		ways = append(ways, "withdraw that cancellation first")
	case carrier.State == Draft:
		ways = append(ways, fmt.Sprintf("delete draft %s, which carries the credit, and withdraw that cancellation first", carrier.ID))
	case carrier.voidable():
		ways = append(ways, fmt.Sprintf("void invoice %d, which carries the credit, and withdraw that cancellation first", carrier.Number))
	}
	if invoice.Total > 0 && left.total > 0 {
		ways = append(ways, fmt.Sprintf("credit the rest of the invoice, %s, by a credit note", invoice.text(left.total)))
	}
	if len(ways) == 0 {
		ways = append(ways, "nothing is left of the invoice to credit")
	}
	when := "it was cancelled"
	switch credit.Kind {
	case line.OfRate:
		when = "its rate changed"
	case line.OfPause:
		when = "it was paused"
	}
	return fault.New(fault.FailedPrecondition, reason.LineCredited, "line %d was credited for days of invoice %d when %s: %s",
		credit.Line, invoice.Number, when, strings.Join(ways, ", or "))
}

// creditedBy reports whether a credit of a line is for days that the invoice billed.
func (i *Invoice) creditedBy(credit GivenCredit) bool {
	if credit.Kind != "" {
		return credit.Of == i.ID
	}
	return i.Bills(credit.Line, credit.Span)
}

// CreditedBy reports whether one of some credits of lines is for days that the invoice billed.
func (i *Invoice) CreditedBy(credits []GivenCredit) bool {
	return slices.ContainsFunc(credits, i.creditedBy)
}

// carrierOf returns the invoice that carries a credit, or the zero Invoice if none does yet.
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

// voidable reports whether the invoice itself, apart from its lines, can be voided.
func (i *Invoice) voidable() bool { return i.State == Finalized && i.Credited == 0 }

// invoicesAtOnce limits how many invoices are held in memory.
const invoicesAtOnce = 100

// remainder is the amount of an invoice that can still be credited, in minor units.
type remainder struct {
	total int64
	// items holds the remainder of each item, 0 or less if nothing is left.
	items []int64
}

// remainderOf returns the amount of an invoice that was credited neither by credit notes nor by the
// cancellation of its lines. The latter reduces the items whose days were credited.
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
	// Taking back a discount leaves no more than what was billed.
	left.total = min(left.total, invoice.Total-invoice.Credited)
	query := listing.Numbered("name", CreditNoteID(0), invoicesAtOnce)
	query.Where = listing.Is("invoice", invoice.ID)
	for {
		notes, err := r.CreditNotes(ctx, query)
		if err != nil {
			return remainder{}, err
		}
		for _, note := range notes {
			for _, item := range note.Items {
				left.items[item.Position-1] -= item.Amount
			}
			query.After = listing.Cursor{int64(note.ID)}
		}
		if len(notes) < invoicesAtOnce {
			return left, nil
		}
	}
}
