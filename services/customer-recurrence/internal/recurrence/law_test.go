package recurrence

import (
	"fmt"
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

func sums(t *rapid.T, before, after Recurrence, from date.Date, rule settings.Proration) (credit, charge decimal.Decimal) {
	lines, err := settle(before, after, from, rule)
	if err == nil {
		credit, charge, err = Sums(lines)
	}
	if err != nil {
		t.Fatal(err)
	}
	return credit, charge
}

// TestAChangeAndItsInverse changes a recurrence and changes it back: it is as it was, and what one way credits the
// other charges.
func TestAChangeAndItsInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(t, "a"), drawn(t, "b")
		there, _ := wantedOf(a, b)
		back, differs := wantedOf(b, a)
		to := a
		there.Apply(&to)
		if rest, left := wantedOf(to, b); left {
			t.Errorf("after the change %+v is left", rest)
		}
		back.Apply(&to)
		if rest, left := wantedOf(to, a); left {
			t.Errorf("after its inverse %+v is left", rest)
		}
		difference, err := Compare(a, b)
		if err != nil || differs == difference.IsEmpty() {
			t.Fatalf("got %+v, error %v", difference, err)
		}
		from := a.StartDate.AddDays(rapid.IntRange(0, 400).Draw(t, "day"))
		rule := rapid.SampledFrom([]settings.Proration{settings.ByMonth, settings.ByPeriod}).Draw(t, "rule")
		credit, charge := sums(t, a, b, from, rule)
		if creditBack, chargeBack := sums(t, b, a, from, rule); credit.Cmp(chargeBack) != 0 || charge.Cmp(creditBack) != 0 {
			t.Errorf("there %s and %s, back %s and %s", credit, charge, creditBack, chargeBack)
		}
	})
}

// TestSplitsSumToTheWhole settles the days of two spans: together they cost what they cost at once.
func TestSplitsSumToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawn(t, "a")
		free := a
		free.Price = decimal.MustNew(0, 0)
		if a.Price.IsZero() {
			return
		}
		rule := rapid.SampledFrom([]settings.Proration{settings.ByMonth, settings.ByPeriod}).Draw(t, "rule")
		whole, _ := sums(t, a, free, a.StartDate, rule)
		periods := decimal.MustNew(int64(12/a.Cycle.Months()), 0)
		if want, err := a.Price.Mul(periods); err != nil || whole.Cmp(want) != 0 {
			t.Errorf("a year of %s costs %s, want %s, %v", a.Price, whole, want, err)
		}
		rest, _ := sums(t, a, free, a.StartDate.AddDays(rapid.IntRange(0, 365).Draw(t, "day")), rule)
		if rest.Cmp(whole) > 0 || rest.IsNeg() {
			t.Errorf("the rest of a year costs %s of %s", rest, whole)
		}
	})
}
