package invoice

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// creditedOf returns what was credited of each item of an invoice with its lines: when they were
// cancelled, and for days that are billed no more.
func creditedOf(ctx context.Context, r BilledReader, invoice *Invoice) ([]int64, error) {
	credited := make([]int64, len(invoice.Items))
	billed, _ := invoice.BilledLines()
	given, err := r.GivenCredits(ctx, billed)
	if err != nil {
		return nil, err
	}
	days := map[line.ID]billing.Span{}
	for _, credit := range given {
		if credit.Kind == "" && credit.Currency == invoice.Currency && invoice.Bills(credit.Line, credit.Span) {
			days[credit.Line] = hull(days[credit.Line], credit.Span)
		}
	}
	billedFor, _, err := chargedFor(ctx, r, days, invoice.Currency)
	if err != nil {
		return nil, err
	}
	for _, credit := range given {
		of, known := billedFor[credit.Line]
		if credit.Kind != "" {
			of, known = invoice.charges(credit.Line), credit.Of == invoice.ID
		}
		if !known || credit.Currency != invoice.Currency {
			continue
		}
		charges, items := of.overlapping(credit.Span)
		spread, err := billing.Spread(credit.Amount, credit.Span, charges)
		if err != nil {
			return nil, fmt.Errorf("spreading the credit of line %d: %w", credit.Line, err)
		}
		for i, amount := range spread {
			if items[i].invoice == invoice.ID {
				credited[items[i].item] += amount
			}
		}
	}
	return credited, nil
}

// charges returns what the invoice charged a line when it was made.
func (i *Invoice) charges(l line.ID) *charged {
	var of charged
	i.eachCharge(func(item int, charge billing.Charge) {
		if line.ID(charge.Line) == l {
			of.add(itemPlace{i.ID, i.BillTo, item}, charge)
		}
	})
	return &of
}

// ChargedTo returns what invoices in a currency charge a line for a span of days.
func ChargedTo(ctx context.Context, r BilledReader, l line.ID, days billing.Span, currency money.Currency) (line.Charged, error) {
	found, invoices, err := chargedFor(ctx, r, map[line.ID]billing.Span{l: days}, currency)
	if err != nil {
		return line.Charged{}, err
	}
	bills := make([]line.Bill, len(invoices))
	for i := range invoices {
		bills[i] = invoices[i].bill()
	}
	charges := make([]billing.Paid, len(found[l].charges))
	for i, charge := range found[l].charges {
		charges[i] = billing.Paid{Charge: charge, Invoice: string(found[l].items[i].invoice), BillTo: int32(found[l].items[i].billTo)}
	}
	return line.Charged{Charges: charges, Bills: bills}, nil
}

// hull returns the shortest span that contains both, of which a may be zero.
func hull(a, b billing.Span) billing.Span {
	if a == (billing.Span{}) {
		return b
	}
	if b.Start.Before(a.Start) {
		a.Start = b.Start
	}
	if a.End.Before(b.End) {
		a.End = b.End
	}
	return a
}

// CreditCarrierOf returns the first invoice that carries a credit of a line's cancellation. given is false if none
// does here.
func CreditCarrierOf(ctx context.Context, r BilledReader, l line.ID) (carrier line.Bill, given bool, err error) {
	credits, err := r.GivenCredits(ctx, []line.ID{l})
	if err != nil {
		return line.Bill{}, false, err
	}
	for _, credit := range credits {
		if credit.Kind != "" {
			continue
		}
		invoice, err := carrierOf(ctx, r, credit)
		if err != nil {
			return line.Bill{}, false, err
		}
		if invoice.ID != "" {
			return invoice.bill(), true, nil
		}
	}
	return line.Bill{}, false, nil
}

// bill returns what the cancellation of a line needs to know of the invoice.
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
