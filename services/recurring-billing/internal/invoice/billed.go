package invoice

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// BilledPeriod is a part of a period that a line was billed for.
type BilledPeriod struct {
	Line line.ID
	billing.Span
	// Invoice is the invoice that bills it.
	Invoice ID
}

// GivenCredit is what a line was credited for billed days when it was cancelled.
type GivenCredit struct {
	Line line.ID
	// Span is the days credited.
	billing.Span
	// Amount is what was credited, in minor units of Currency.
	Amount   int64
	Currency money.Currency
	// Invoice is the invoice that carries it, empty for none yet.
	Invoice ID
}

// charged is what invoices charge a line for some days.
type charged struct {
	// charges are in the order of their days, items where each of them stands.
	charges []billing.Charge
	items   []itemPlace
}

// itemPlace is an item of an invoice, from 0.
type itemPlace struct {
	invoice ID
	item    int
}

// chargedFor is what invoices in a currency charge lines for their days, each its own, and those invoices, without items,
// in the order of their numbers.
func chargedFor(ctx context.Context, r BilledReader, days map[line.ID]billing.Span, currency money.Currency) (map[line.ID]*charged, []Invoice, error) {
	ids, err := billedOn(ctx, r, days)
	if err != nil {
		return nil, nil, err
	}
	found := map[line.ID]*charged{}
	for l := range days {
		found[l] = &charged{}
	}
	var invoices []Invoice
	for some := range slices.Chunk(ids, invoicesAtOnce) {
		whole, err := r.InvoicesOf(ctx, some)
		if err != nil {
			return nil, nil, err
		}
		for _, invoice := range whole {
			if invoice.Currency != currency {
				continue // what stands on an invoice in another currency is not for a rate of the line
			}
			invoice.eachCharge(func(item int, charge billing.Charge) {
				if span, asked := days[line.ID(charge.Line)]; asked && charge.Span.Overlaps(span) {
					found[line.ID(charge.Line)].add(itemPlace{invoice.ID, item}, charge)
				}
			})
			invoice.Items = nil
			invoices = append(invoices, invoice)
		}
	}
	slices.SortFunc(invoices, func(a, b Invoice) int { return cmp.Compare(a.Number, b.Number) })
	return found, invoices, nil
}

// billedOn is the invoices that bill days of lines, each its own.
func billedOn(ctx context.Context, r BilledReader, days map[line.ID]billing.Span) ([]ID, error) {
	if len(days) == 0 {
		return nil, nil
	}
	var all billing.Span
	for _, span := range days {
		if all == (billing.Span{}) || span.Start.Before(all.Start) {
			all.Start = span.Start
		}
		if all.End.Before(span.End) {
			all.End = span.End
		}
	}
	periods, err := r.PeriodsOf(ctx, slices.Sorted(maps.Keys(days)), all)
	if err != nil {
		return nil, err
	}
	ids := map[ID]bool{}
	for _, period := range periods {
		if period.Overlaps(days[period.Line]) {
			ids[period.Invoice] = true
		}
	}
	return slices.Sorted(maps.Keys(ids)), nil
}

// add puts a charge where its days come.
func (c *charged) add(at itemPlace, charge billing.Charge) {
	place, _ := slices.BinarySearchFunc(c.charges, charge, func(a, b billing.Charge) int { return a.Span.Start.Compare(b.Span.Start) })
	c.charges, c.items = slices.Insert(c.charges, place, charge), slices.Insert(c.items, place, at)
}
