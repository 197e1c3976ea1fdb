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

// PeriodsLeft returns the periods that the invoice bills without days that were credited to be billed
// no more. The credits are those of its lines.
func (i *Invoice) PeriodsLeft(credits []GivenCredit) (left []BilledPeriod) {
	credited := map[line.ID][]billing.Span{}
	for _, credit := range credits {
		if credit.Kind != "" && credit.Of == i.ID {
			credited[credit.Line] = append(credited[credit.Line], credit.Span)
		}
	}
	for _, period := range i.Periods() {
		days := credited[period.Line]
		slices.SortFunc(days, func(a, b billing.Span) int { return a.Start.Compare(b.Start) })
		for _, rest := range period.Minus(days) {
			left = append(left, BilledPeriod{Line: period.Line, Span: rest, Invoice: i.ID})
		}
	}
	return left
}

// Periods returns the parts of periods that the invoice bills. A part that was cut by a rate change
// is joined again. Days between two parts of a period are not billed.
func (i *Invoice) Periods() (periods []BilledPeriod) {
	for _, item := range i.Items {
		if item.Credit {
			continue
		}
		places := map[line.ID]int{}
		for _, part := range item.Parts {
			l := line.ID(part.Line)
			if place, seen := places[l]; seen && periods[place].End == part.Span.Start {
				periods[place].End = part.Span.End
				continue
			}
			places[l] = len(periods)
			periods = append(periods, BilledPeriod{Line: l, Span: part.Span, Invoice: i.ID})
		}
	}
	return periods
}
