package invoice

import (
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// BilledLines returns the lines that an invoice bills and the lines whose credits it carries, each
// sorted by number.
func (i *Invoice) BilledLines() (billed, credited []line.ID) {
	bills, carries := map[line.ID]bool{}, map[line.ID]bool{}
	for _, item := range i.Items {
		for _, part := range item.Parts {
			if item.Credit {
				carries[line.ID(part.Line)] = true
			} else {
				bills[line.ID(part.Line)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(bills)), slices.Sorted(maps.Keys(carries))
}

// BilledCharges returns the one-off charges that an invoice bills, in the order of its items.
func (i *Invoice) BilledCharges() (charges []charge.ID) {
	for n := range i.Items {
		if number := i.Items[n].OneOff; number != 0 {
			charges = append(charges, charge.ID(number))
		}
	}
	return charges
}

// Bills reports whether the invoice bills any of the days of a line.
func (i *Invoice) Bills(l line.ID, days billing.Span) bool {
	return slices.ContainsFunc(i.Items, func(item billing.InvoiceItem) bool {
		return !item.Credit && slices.ContainsFunc(item.Parts, func(part billing.Charge) bool {
			return line.ID(part.Line) == l && part.Span.Overlaps(days)
		})
	})
}

// Carries reports whether the invoice carries a credit of a line for the given days.
func (i *Invoice) Carries(l line.ID, days billing.Span) bool {
	return slices.ContainsFunc(i.Items, func(item billing.InvoiceItem) bool {
		return item.Credit && item.Period == days && line.ID(item.Parts[0].Line) == l
	})
}

// eachCharge calls give with each charge of the invoice and the place of its item, counted from 0.
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

// Periods returns the parts of periods that the invoice bills. A part that was cut by a rate change
// is joined again.
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
