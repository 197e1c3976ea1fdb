package proration_test

import (
	"slices"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/proration"
	"github.com/continuo-billing/continuo/services/platform/date"
)

func d(text string) date.Date {
	day, err := date.Parse(text)
	if err != nil {
		panic(err)
	}
	return day
}

func TestBetween(t *testing.T) {
	quarter := proration.Period{Start: d("2026-01-31"), End: d("2026-04-30"), Months: 3, BillDay: 31}
	month := proration.Period{Start: d("2026-03-01"), End: d("2026-04-01"), Months: 1, BillDay: 1}
	for _, c := range []struct {
		rule        proration.Rule
		price       string
		digits      int
		period      proration.Period
		from, until string
		want        string
	}{
		{proration.ByMonth, "310", 2, month, "2026-03-11", "2026-04-01", "210.00"},
		{proration.ByPeriod, "310", 2, month, "2026-03-11", "2026-04-01", "210.00"},
		{proration.ByMonth, "300", 2, quarter, "2026-02-28", "2026-04-30", "200.00"}, // two whole months
		{proration.ByPeriod, "89", 2, quarter, "2026-02-28", "2026-04-30", "61.00"},  // 61 of 89 days
		{proration.ByMonth, "300", 2, quarter, "2026-02-28", "2026-03-01", "3.23"},   // a day of 31
		{proration.ByMonth, "0.10", 2, quarter, "2026-01-31", "2026-02-28", "0.03"},
		{proration.ByMonth, "0.10", 2, quarter, "2026-02-28", "2026-03-31", "0.04"},
		{proration.ByMonth, "1000", 0, month, "2026-03-01", "2026-03-02", "32"},
		{proration.ByMonth, "9999999999999.999999", 6, month, "2026-03-01", "2026-04-01", "9999999999999.999999"},
	} {
		price := proration.Price{Amount: decimal.MustParse(c.price), Digits: c.digits}
		got, err := c.rule.Between(price, c.period, d(c.from), d(c.until))
		if err != nil || got.String() != c.want {
			t.Errorf("%+v: got %s, error %v", c, got, err)
		}
	}
	if _, err := proration.ByMonth.Between(proration.Price{}, month, d("2026-02-28"), d("2026-03-02")); err == nil {
		t.Error("a day before the period was accepted")
	}
}

// TestPartsSumToTheWhole cuts a period anywhere: its parts cost what it costs.
func TestPartsSumToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		months := rapid.SampledFrom([]int{1, 3, 6, 12}).Draw(t, "months")
		start := d("2023-10-31").AddDays(rapid.IntRange(0, 900).Draw(t, "start"))
		billDay := rapid.SampledFrom([]int{start.Day(), 31}).Draw(t, "bill day")
		period := proration.Period{Start: start.AddMonthsOnDay(0, billDay), End: start.AddMonthsOnDay(months, billDay), Months: months, BillDay: billDay}
		price := proration.Price{Amount: decimal.MustNew(rapid.Int64Range(0, 1e9).Draw(t, "price"), 2), Digits: rapid.IntRange(2, 6).Draw(t, "digits")}
		rule := rapid.SampledFrom([]proration.Rule{proration.ByMonth, proration.ByPeriod}).Draw(t, "rule")
		cuts := []date.Date{period.Start, period.End}
		for range rapid.IntRange(0, 5).Draw(t, "cuts") {
			cuts = append(cuts, period.Start.AddDays(rapid.IntRange(0, period.Start.DaysUntil(period.End)).Draw(t, "cut")))
		}
		slices.SortFunc(cuts, date.Date.Compare)
		var sum decimal.Decimal
		for i := range cuts[1:] {
			part, err := rule.Between(price, period, cuts[i], cuts[i+1])
			if err != nil || part.IsNeg() {
				t.Fatalf("part from %s to %s: %s, %v", cuts[i], cuts[i+1], part, err)
			}
			if sum, err = sum.Add(part); err != nil {
				t.Fatal(err)
			}
		}
		if sum.Cmp(price.Amount) != 0 {
			t.Errorf("the parts sum to %s, want %s", sum, price.Amount)
		}
	})
}
