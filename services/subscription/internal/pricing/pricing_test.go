package pricing_test

import (
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/pricing"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

func units(t testing.TB, text, code string) pricing.Units {
	t.Helper()
	of, err := pricing.UnitsOf(decimal.MustParse(text), code)
	if err != nil {
		t.Fatal(err)
	}
	return of
}

// TestPartsCostTheirShare checks what parts of cycles cost, by hand.
func TestPartsCostTheirShare(t *testing.T) {
	monthly := terms.Terms{Every: terms.Length{Months: 1}, CycleDay: 1, Effective: date.MustNew(2026, time.January, 15)}
	day := func(month time.Month, day int) date.Date { return date.MustNew(2026, month, day) }
	for _, c := range []struct {
		price, code string
		from, until date.Date
		want        string
	}{
		{"31.00", "EUR", day(1, 15), day(2, 1), "17.00"},
		{"31.00", "EUR", day(1, 1), day(3, 1), "62.00"},
		{"10.00", "EUR", day(1, 31), day(2, 1), "0.32"},
		{"10.00", "EUR", day(2, 1), day(2, 1), "0.00"},
		{"100", "JPY", day(1, 15), day(1, 16), "3"},
		{"0.5", "BHD", day(2, 1), day(2, 15), "0.250"},
		{"28.00", "EUR", day(1, 31), day(2, 3), "2.90"},
	} {
		got, err := pricing.Between(monthly, units(t, c.price, c.code), c.from, c.until).Amount(c.code)
		if err != nil || got.String() != c.want {
			t.Errorf("%s %s from %s until %s: got %s, %v, want %s", c.price, c.code, c.from, c.until, got, err, c.want)
		}
	}
	if _, err := pricing.UnitsOf(decimal.MustParse("1.005"), "EUR"); err == nil {
		t.Error("half a cent was accepted")
	}
	if got, err := units(t, "-0.05", "EUR").Share(1, 2).Amount("EUR"); err != nil || got.String() != "-0.03" {
		t.Errorf("got %s, %v", got, err)
	}
}

// TestPartsSumToTheWhole cuts days anywhere: the pieces sum to the whole, and whole cycles cost their price.
func TestPartsSumToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := terms.Terms{
			Effective: date.MustNew(2024, time.January, 1).AddDays(rapid.IntRange(0, 800).Draw(t, "effective")),
			Every:     rapid.SampledFrom([]terms.Length{{Days: 1}, {Days: 7}, {Months: 1}, {Months: 3}, {Months: 12}, {Months: 1, Days: 3}}).Draw(t, "every"),
			CycleDay:  rapid.IntRange(0, 31).Draw(t, "day"), LastDay: rapid.Bool().Draw(t, "last"),
		}
		price, err := pricing.UnitsOf(decimal.MustNew(rapid.Int64Range(0, 1_000_000).Draw(t, "price"), 2), "EUR")
		if err != nil {
			t.Fatal(err)
		}
		from := of.Effective.AddDays(rapid.IntRange(-40, 700).Draw(t, "from"))
		middle := from.AddDays(rapid.IntRange(0, 300).Draw(t, "middle"))
		until := middle.AddDays(rapid.IntRange(0, 300).Draw(t, "until"))
		whole := pricing.Between(of, price, from, until)
		if parts := pricing.Between(of, price, from, middle).Plus(pricing.Between(of, price, middle, until)); parts.Cmp(whole.Int) != 0 {
			t.Fatalf("%+v: %s until %s until %s: the parts cost %s, the whole %s", of, from, middle, until, parts, whole)
		}
		cycle := of.Cycle(from)
		if from.Before(cycle.Start) || !from.Before(cycle.End) || of.Cycle(cycle.End).Start != cycle.End {
			t.Fatalf("%+v: %s is in the cycle %+v, before %+v", of, from, cycle, of.Cycle(cycle.End))
		}
		if cost := pricing.Between(of, price, cycle.Start, cycle.End); cost.Cmp(price.Int) != 0 {
			t.Fatalf("%+v: a cycle costs %s, not %s", of, cost, price)
		}
	})
}
