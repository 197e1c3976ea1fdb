package domain

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// BilledPeriod is a part of a period that a line was billed for.
type BilledPeriod struct {
	Line LineID
	billing.Span
	// Invoice is the invoice that bills it.
	Invoice InvoiceID
}

// GivenCredit is what a line was credited for billed days when it was cancelled.
type GivenCredit struct {
	Line LineID
	// Span is the days credited.
	billing.Span
	// Amount is what was credited, in minor units of Currency.
	Amount   int64
	Currency Currency
	// Invoice is the invoice that carries it, empty for none yet.
	Invoice InvoiceID
}

// charged is what invoices charge a line for some days.
type charged struct {
	// charges are in the order of their days, items where each of them stands.
	charges []billing.Charge
	items   []itemPlace
}

// itemPlace is an item of an invoice, from 0.
type itemPlace struct {
	invoice InvoiceID
	item    int
}

// chargedFor is what invoices in a currency charge lines for their days, each its own, and those invoices, without items,
// in the order of their numbers.
func chargedFor(ctx context.Context, r BilledReader, days map[LineID]billing.Span, currency Currency) (map[LineID]*charged, []Invoice, error) {
	ids, err := billedOn(ctx, r, days)
	if err != nil {
		return nil, nil, err
	}
	found := map[LineID]*charged{}
	for line := range days {
		found[line] = &charged{}
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
				if span, asked := days[LineID(charge.Line)]; asked && charge.Span.Overlaps(span) {
					found[LineID(charge.Line)].add(itemPlace{invoice.ID, item}, charge)
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
func billedOn(ctx context.Context, r BilledReader, days map[LineID]billing.Span) ([]InvoiceID, error) {
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
	ids := map[InvoiceID]bool{}
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
	billed, _ := invoice.lines()
	given, err := r.GivenCredits(ctx, billed)
	if err != nil {
		return nil, err
	}
	days := map[LineID]billing.Span{}
	for _, credit := range given {
		if credit.Currency == invoice.Currency && invoice.bills(credit.Line, credit.Span) {
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
func ChargedTo(ctx context.Context, r BilledReader, line LineID, days billing.Span, currency Currency) (Charged, error) {
	found, invoices, err := chargedFor(ctx, r, map[LineID]billing.Span{line: days}, currency)
	if err != nil {
		return Charged{}, err
	}
	bills := make([]Bill, len(invoices))
	for i := range invoices {
		bills[i] = invoices[i].bill()
	}
	return Charged{Charges: found[line].charges, Bills: bills}, nil
}

// CreditCarrierOf is the invoice that carries the credit of a line; given is false for a line that has none.
func CreditCarrierOf(ctx context.Context, r BilledReader, line LineID) (carrier Bill, given bool, err error) {
	credits, err := r.GivenCredits(ctx, []LineID{line})
	if err != nil || len(credits) == 0 {
		return Bill{}, false, err
	}
	invoice, err := carrierOf(ctx, r, credits[0])
	carrier = invoice.bill()
	carrier.Name = string(credits[0].Invoice)
	return carrier, true, err
}

// bill is what the cancellation of a line has to know of the invoice.
func (i *Invoice) bill() Bill {
	bill := Bill{Name: string(i.ID), Number: i.Number, Standing: BillCredited}
	switch {
	case i.State == InvoiceDraft:
		bill.Standing = BillDraft
	case i.State == InvoiceVoid:
		bill.Standing = BillVoid
	case i.voidable():
		bill.Standing = BillWhole
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
		places := map[LineID]int{}
		for _, part := range item.Parts {
			line := LineID(part.Line)
			place, seen := places[line]
			if !seen {
				places[line] = len(periods)
				periods = append(periods, BilledPeriod{Line: line, Span: part.Span, Invoice: i.ID})
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
