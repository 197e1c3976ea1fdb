package invoice

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
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

// GivenCredit is a credit that a line was given for billed days.
type GivenCredit struct {
	Line line.ID
	// Kind tells why it was given, and Of which invoice billed the days; Of is empty for a
	// cancellation.
	Kind line.CreditKind
	Of   ID
	// Span holds the credited days.
	billing.Span
	// Amount is in minor units of Currency.
	Amount   int64
	Currency money.Currency
	// Invoice is the invoice that carries the credit, or empty if none does yet.
	Invoice ID
}

// charged holds what invoices charge a line for a span of days.
type charged struct {
	// charges are ordered by day. items holds the place of each on its invoice.
	charges []billing.Charge
	items   []itemPlace
}

// itemPlace is the place of an item on an invoice, counted from 0.
type itemPlace struct {
	invoice ID
	billTo  catalogue.BillToID
	item    int
}

// chargedFor returns what invoices in a currency charge each line for its days. It also returns
// those invoices, without items, in the order of their numbers.
func chargedFor(ctx context.Context, r BilledReader, days map[line.ID]billing.Span, currency money.Currency) (map[line.ID]*charged, []Invoice, error) {
	ids, held, err := billedOn(ctx, r, days)
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
				continue // a credit at the line's rate cannot include another currency
			}
			invoice.eachCharge(func(item int, charge billing.Charge) {
				l := line.ID(charge.Line)
				if span, wanted := days[l]; wanted && charge.Span.Overlaps(span) {
					found[l].addHeld(itemPlace{invoice.ID, invoice.BillTo, item}, charge, held[l])
				}
			})
			invoice.Items = nil
			invoices = append(invoices, invoice)
		}
	}
	slices.SortFunc(invoices, func(a, b Invoice) int { return cmp.Compare(a.Number, b.Number) })
	return found, invoices, nil
}

// billedOn returns the invoices that bill any of the given days of the lines, and the periods that
// they hold of each.
func billedOn(ctx context.Context, r BilledReader, days map[line.ID]billing.Span) ([]ID, map[line.ID][]BilledPeriod, error) {
	if len(days) == 0 {
		return nil, nil, nil
	}
	var all billing.Span
	for _, span := range days {
		all = hull(all, span)
	}
	periods, err := r.PeriodsOf(ctx, slices.Sorted(maps.Keys(days)), all)
	if err != nil {
		return nil, nil, err
	}
	ids, held := map[ID]bool{}, map[line.ID][]BilledPeriod{}
	for _, period := range periods {
		if period.Overlaps(days[period.Line]) {
			ids[period.Invoice] = true
			held[period.Line] = append(held[period.Line], period)
		}
	}
	return slices.Sorted(maps.Keys(ids)), held, nil
}

// addHeld inserts a charge for those of its days that the invoice holds.
func (c *charged) addHeld(at itemPlace, charge billing.Charge, held []BilledPeriod) {
	for _, period := range held {
		shared := period.Overlap(charge.Span)
		if period.Invoice != at.invoice || shared == (billing.Span{}) {
			continue
		}
		of := charge
		if shared != of.Span {
			of.Held = &shared
		}
		c.add(at, of)
	}
}

// add inserts a charge in the order of days.
func (c *charged) add(at itemPlace, charge billing.Charge) {
	place, _ := slices.BinarySearchFunc(c.charges, charge, func(a, b billing.Charge) int { return a.Days().Start.Compare(b.Days().Start) })
	c.charges, c.items = slices.Insert(c.charges, place, charge), slices.Insert(c.items, place, at)
}

// overlapping returns the charges that hold some of the given days, with their places.
func (c *charged) overlapping(days billing.Span) (charges []billing.Charge, items []itemPlace) {
	for i := range c.charges {
		if c.charges[i].Days().Overlaps(days) {
			charges, items = append(charges, c.charges[i]), append(items, c.items[i])
		}
	}
	return charges, items
}
