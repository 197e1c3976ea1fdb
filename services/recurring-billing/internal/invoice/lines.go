package invoice

import (
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// BilledLines is the lines that an invoice bills, and those whose credits it carries, each in the order of their numbers.
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

// Bills reports whether an invoice bills some of the days of a line.
func (i *Invoice) Bills(l line.ID, days billing.Span) bool {
	return slices.ContainsFunc(i.Items, func(item billing.InvoiceItem) bool {
		return !item.Credit && slices.ContainsFunc(item.Parts, func(part billing.Charge) bool {
			return line.ID(part.Line) == l && part.Span.Overlaps(days)
		})
	})
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
