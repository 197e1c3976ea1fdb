package recurrence

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
)

// drawn returns a recurrence that is paid for a while, with other contents each time.
func drawn(t *rapid.T, label string) Recurrence {
	r := Recurrence{
		Customer: "C", ID: "R", PackageID: catalogue.PackageID(rapid.SampledFrom([]string{"P", "Q"}).Draw(t, label+" package")),
		DisplayName: rapid.SampledFrom([]string{"", "n"}).Draw(t, label+" name"),
		Price:       decimal.MustNew(rapid.Int64Range(0, 99_999).Draw(t, label+" price"), 2), Currency: "MXN",
		Terms: Terms{
			State: Active, Cycle: rapid.SampledFrom([]Cycle{Monthly, Quarterly, Annual}).Draw(t, label+" cycle"),
			StartDate: date.MustNew(2026, 1, 31), PaidUntil: date.MustNew(2027, 1, 31),
		},
	}
	for i := range rapid.IntRange(0, 3).Draw(t, label+" services") {
		r.Services = append(r.Services, ContractedService{ServiceID: catalogue.ServiceID(fmt.Sprint(i)), TransactionLimit: rapid.Int32Range(0, 2).Draw(t, label+" limit")})
	}
	return r
}

func sums(t tester, before, after Recurrence, from date.Date, rule settings.Proration) (credit, charge decimal.Decimal) {
	lines, err := settle(before, after, from, rule)
	if err == nil {
		credit, charge, err = Sums(lines)
	}
	if err != nil {
		t.Fatal(err)
	}
	return credit, charge
}

// share returns the part of a cycle before a day, computed without the code under test: of months that begin on the 31st, which
// shorter ones clamp, or of all the cycle's days.
func share(start date.Date, months int, day date.Date, rule settings.Proration) *big.Rat {
	boundary := func(k int) date.Date { return start.AddMonthsOnDay(k, 31) }
	if rule == settings.ByPeriod {
		return big.NewRat(int64(start.DaysUntil(day)), int64(start.DaysUntil(boundary(months))))
	}
	whole := 0
	for !day.Before(boundary(whole + 1)) {
		whole++
	}
	part := big.NewRat(int64(boundary(whole).DaysUntil(day)), int64(boundary(whole).DaysUntil(boundary(whole+1))))
	return part.Quo(part.Add(part, big.NewRat(int64(whole), 1)), big.NewRat(int64(months), 1))
}

// cost returns what days of the paid year cost at the price of a recurrence, in cents: in each cycle the part until the last less
// the part until the first, each rounded half away from zero.
func cost(r Recurrence, from, until date.Date, rule settings.Proration) (cents int64) {
	months := r.Cycle.Months()
	for k := 0; k < 12; k += months {
		start, end := r.StartDate.AddMonthsOnDay(k, 31), r.StartDate.AddMonthsOnDay(k+months, 31)
		upTo := func(day date.Date) int64 {
			if day.Before(start) {
				day = start
			}
			if end.Before(day) {
				day = end
			}
			amount := new(big.Rat).Mul(share(start, months, day, rule), new(big.Rat).SetInt64(int64(r.Price.Coef())))
			rounded := new(big.Int).Add(new(big.Int).Mul(amount.Num(), big.NewInt(2)), amount.Denom())
			return rounded.Div(rounded, new(big.Int).Mul(amount.Denom(), big.NewInt(2))).Int64()
		}
		cents += upTo(until) - upTo(from)
	}
	return cents
}

// cents returns an amount of two decimal places in cents.
func cents(t *rapid.T, amount decimal.Decimal) int64 {
	whole, fraction, ok := amount.Int64(2)
	if !ok {
		t.Fatalf("%s is no amount in cents", amount)
	}
	return 100*whole + fraction
}

// split cuts the paid year of a recurrence anywhere.
func split(t *rapid.T, r Recurrence) []date.Date {
	cuts := []date.Date{r.StartDate, r.PaidUntil}
	for range rapid.IntRange(0, 5).Draw(t, "cuts") {
		cuts = append(cuts, r.StartDate.AddDays(rapid.IntRange(0, r.StartDate.DaysUntil(r.PaidUntil)).Draw(t, "cut")))
	}
	slices.SortFunc(cuts, date.Date.Compare)
	return cuts
}

// Credit plus charge over any split of a paid period sum to the whole, to the cent: what a stop on the first day of each part credits,
// less what it costs to take up again on the first day after it, is what the part costs, and the parts sum to what was paid.
func TestSplitsSumToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paid := drawn(t, "paid")
		free := paid
		free.Price = decimal.MustNew(0, 2)
		rule := rapid.SampledFrom([]settings.Proration{settings.ByMonth, settings.ByPeriod}).Draw(t, "rule")
		cuts, sum := split(t, paid), int64(0)
		for i := range cuts[1:] {
			credit, none := sums(t, paid, free, cuts[i], rule)
			nothing, charge := sums(t, free, paid, cuts[i+1], rule)
			part := cents(t, credit) - cents(t, charge)
			if want := cost(paid, cuts[i], cuts[i+1], rule); part != want || !none.IsZero() || !nothing.IsZero() {
				t.Fatalf("from %s to %s: credited %s and charged %s, want %d cents", cuts[i], cuts[i+1], credit, charge, want)
			}
			sum += part
		}
		if want := cents(t, paid.Price) * int64(12/paid.Cycle.Months()); sum != want {
			t.Fatalf("the parts sum to %d cents, want %d", sum, want)
		}
	})
}

// However often the price changes in a paid period, all that was paid, charged and credited is what each of its parts costs at its own
// price, to the cent.
func TestChangesSumToTheirParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		present := drawn(t, "paid")
		rule := rapid.SampledFrom([]settings.Proration{settings.ByMonth, settings.ByPeriod}).Draw(t, "rule")
		cuts := split(t, present)
		paid, want := cost(present, present.StartDate, present.PaidUntil, rule), int64(0)
		for i := range cuts[1:] {
			next := present
			next.Price = decimal.MustNew(rapid.Int64Range(0, 99_999).Draw(t, "price"), 2)
			credit, charge := sums(t, present, next, cuts[i], rule)
			paid += cents(t, charge) - cents(t, credit)
			want += cost(next, cuts[i], cuts[i+1], rule)
			present = next
		}
		if paid != want {
			t.Fatalf("paid %d cents, and the parts cost %d", paid, want)
		}
	})
}
