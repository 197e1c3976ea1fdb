package invoice

import (
	"cmp"
	"context"
	"fmt"
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

// eachCharge gives what an invoice charges, each with the place of its item, from 0.
func (i *Invoice) eachCharge(give func(item int, charge billing.Charge)) {
	for n, item := range i.Items {
		if item.Credit {
			continue
		}
		for _, charge := range item.Parts {
			give(n, charge)
		}
	}
}

// add puts a charge where its days come.
func (c *charged) add(at itemPlace, charge billing.Charge) {
	place, _ := slices.BinarySearchFunc(c.charges, charge, func(a, b billing.Charge) int { return a.Span.Start.Compare(b.Span.Start) })
	c.charges, c.items = slices.Insert(c.charges, place, charge), slices.Insert(c.items, place, at)
}

// creditedOf is what was given back of each item of an invoice when its lines were cancelled.
func creditedOf(ctx context.Context, r BilledReader, invoice *Invoice) ([]int64, error) {
	credited := make([]int64, len(invoice.Items))
	billed, _ := invoice.BilledLines()
	given, err := r.GivenCredits(ctx, billed)
	if err != nil {
		return nil, err
	}
	days := map[line.ID]billing.Span{}
	for _, credit := range given {
		if credit.Currency == invoice.Currency && invoice.Bills(credit.Line, credit.Span) {
			days[credit.Line] = credit.Span
		}
	}
	billedFor, _, err := chargedFor(ctx, r, days, invoice.Currency)
	if err != nil {
		return nil, err
	}
	for _, credit := range given {
		of, known := billedFor[credit.Line]
		if !known {
			continue
		}
		spread, err := billing.Spread(credit.Amount, credit.Span, of.charges)
		if err != nil {
			return nil, fmt.Errorf("spreading the credit of line %d: %w", credit.Line, err)
		}
		for i, amount := range spread {
			if of.items[i].invoice == invoice.ID {
				credited[of.items[i].item] += amount
			}
		}
	}
	return credited, nil
}

// ChargedTo is what invoices in a currency charge a line for some days.
func ChargedTo(ctx context.Context, r BilledReader, l line.ID, days billing.Span, currency money.Currency) (line.Charged, error) {
	found, invoices, err := chargedFor(ctx, r, map[line.ID]billing.Span{l: days}, currency)
	if err != nil {
		return line.Charged{}, err
	}
	bills := make([]line.Bill, len(invoices))
	for i := range invoices {
		bills[i] = invoices[i].bill()
	}
	return line.Charged{Charges: found[l].charges, Bills: bills}, nil
}

// CreditCarrierOf is the invoice that carries the credit of a line; given is false for a line that has none.
func CreditCarrierOf(ctx context.Context, r BilledReader, l line.ID) (carrier line.Bill, given bool, err error) {
	credits, err := r.GivenCredits(ctx, []line.ID{l})
	if err != nil || len(credits) == 0 {
		return line.Bill{}, false, err
	}
	invoice, err := carrierOf(ctx, r, credits[0])
	carrier = invoice.bill()
	carrier.Name = string(credits[0].Invoice)
	return carrier, true, err
}

// bill is what the cancellation of a line has to know of the invoice.
func (i *Invoice) bill() line.Bill {
	bill := line.Bill{Name: string(i.ID), Number: i.Number, Standing: line.BillCredited}
	switch {
	case i.State == Draft:
		bill.Standing = line.BillDraft
	case i.State == Void:
		bill.Standing = line.BillVoid
	case i.voidable():
		bill.Standing = line.BillWhole
	}
	return bill
}

// Periods are the parts of periods of lines that the invoice bills. What a change of the rate cut within a part is one
// again.
func (i *Invoice) Periods() (periods []BilledPeriod) {
	for _, item := range i.Items {
		if item.Credit {
			continue
		}
		places := map[line.ID]int{}
		for _, part := range item.Parts {
			l := line.ID(part.Line)
			place, seen := places[l]
			if !seen {
				places[l] = len(periods)
				periods = append(periods, BilledPeriod{Line: l, Span: part.Span, Invoice: i.ID})
				continue
			}
			if part.Span.Start.Before(periods[place].Start) {
				periods[place].Start = part.Span.Start
			}
			if periods[place].End.Before(part.Span.End) {
				periods[place].End = part.Span.End
			}
		}
	}
	return periods
}
