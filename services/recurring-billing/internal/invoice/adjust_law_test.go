package invoice_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// adjust gives a line another rate from some day on, for billed days too, and perhaps another
// bill-to.
func (h *history) adjust(id line.ID) {
	l := h.line(id)
	if rapid.Bool().Draw(h.T, "another bill-to") {
		_, err := h.w.Lines.Change(billingtest.As, id, line.Change{BillTo: new(2*h.billTo + others - l.BillTo)})
		h.check(err)
	}
	_, err := h.w.Lines.ChangeRate(billingtest.As, id, line.RateChange{AdjustBilled: true, Rate: line.Rate{
		Effective: h.day(l.Start, 150), MonthlyAmount: h.amount(l.MonthlyAmount().Currency), Reason: "PRICE",
	}})
	h.check(err)
}

// alwaysCost returns what the billed days of a line cost at its rates by their dates, period by
// period and in exact fractions.
func alwaysCost(l line.Line) (cost int64) {
	months, anchor := l.BillCycle.Months(), l.AnchorDate()
	for k := -24; ; k++ {
		begins, ends := anchor.AddMonthsOnDay(k*months, l.BillDay), anchor.AddMonthsOnDay((k+1)*months, l.BillDay)
		if !begins.Before(l.NextCycle) {
			return cost
		}
		first, until := latest(begins, l.Start), ends
		if l.NextCycle.Before(until) {
			until = l.NextCycle
		}
		for i, rate := range l.Rates {
			from, to := latest(first, rate.Effective), until
			if i+1 < len(l.Rates) && l.Rates[i+1].Effective.Before(to) {
				to = l.Rates[i+1].Effective
			}
			if from.Before(to) {
				part := billing.Charge{Pricing: billing.Pricing{Monthly: rate.MonthlyAmount.Minor(), BillDay: l.BillDay, First: first}}
				cost += worth(part, to) - worth(part, from)
			}
		}
	}
}

func latest(a, b date.Date) date.Date {
	if a.Before(b) {
		return b
	}
	return a
}

// However a line was billed and adjusted, it cost what it had cost at its rates from the beginning.
func TestAdjustedLinesCostWhatTheyAlwaysHad(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	w.LoadCustomers(1, 1)
	last := catalogue.BillToID(100)
	rapid.Check(t, func(r *rapid.T) {
		last++
		h := &history{T: r, w: w, billTo: last, least: -20_000}
		h.open()
		asOf := billingtest.Day("2026-01-15")
		for range rapid.IntRange(1, 3).Draw(r, "runs") {
			h.run(asOf)
			h.adjust(rapid.SampledFrom(h.Lines).Draw(r, "adjusted"))
			if rapid.Bool().Draw(r, "later") {
				asOf = h.day(asOf, 60)
			}
		}
		h.run(asOf)
		cost := map[line.ID]int64{}
		for _, inv := range h.invoices() {
			for _, item := range inv.Items {
				for _, part := range item.Parts {
					cost[line.ID(part.Line)] += part.Amount
				}
			}
		}
		for _, id := range h.Lines {
			if l := h.line(id); cost[id] != alwaysCost(l) || len(l.Unbilled) > 0 {
				r.Fatalf("line %d cost %d, want %d: %+v", id, cost[id], alwaysCost(l), l)
			}
		}
	})
}
