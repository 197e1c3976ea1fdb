package recurrence

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// memory is a Reader of a tenant with default settings, no catalogue, and the changes of one recurrence.
type memory struct {
	Reader
	changes map[Version]Change
}

func (memory) Settings(context.Context) (settings.Settings, error) { return settings.Default(), nil }

func (memory) Package(context.Context, catalogue.PackageID) (catalogue.Package, error) {
	return catalogue.Package{}, mutation.ErrNotFound
}

func (m memory) Change(_ context.Context, key ChangeKey) (Change, error) {
	change, known := m.changes[key.Version]
	if !known {
		return Change{}, mutation.ErrNotFound
	}
	return change, nil
}

// tester is a test, random or not.
type tester interface {
	Context() context.Context
	Fatal(args ...any)
}

// make makes a change of a recurrence to what another contracts, on a day, and keeps it.
func (m memory) make(t tester, r, to Recurrence, day date.Date, rule settings.Proration) (after Recurrence, credit, charge decimal.Decimal) {
	wanted, _ := wantedOf(r, to)
	after = r
	if err := (plan{wanted: wanted, day: day}).apply(t.Context(), m, &after); err != nil {
		t.Fatal(err)
	}
	credit, charge = sums(t, r, after, day, rule)
	difference, err := Compare(r, after)
	if err != nil {
		t.Fatal(err)
	}
	after.Version = r.Version + 1
	m.changes[after.Version] = Change{Difference: difference, Version: after.Version, CreateTime: day.Time().Add(time.Hour)}
	return after, credit, charge
}

// A change and its inverse give the first state, dates and all, also if the cycle changes: on the same day at no cost, and until
// the days are over that were paid before.
func TestAChangeAndItsInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := memory{changes: map[Version]Change{}}
		first, other := drawn(t, "first"), drawn(t, "other")
		first.Version = 5
		first.PaidUntil = first.StartDate.AddMonthsClamped(rapid.IntRange(0, 24).Draw(t, "months paid"))
		if rapid.IntRange(0, 9).Draw(t, "nothing paid") == 0 {
			first.PaidUntil = date.Date{}
		}
		rule := rapid.SampledFrom([]settings.Proration{settings.ByMonth, settings.ByPeriod}).Draw(t, "rule")
		day := first.StartDate.AddDays(rapid.IntRange(0, 800).Draw(t, "day"))
		changed, credit, charge := m.make(t, first, other, day, rule)
		begins := day
		if !first.PaidUntil.IsZero() && first.PaidUntil.Before(day) {
			begins = first.PaidUntil
		}
		if changed.Cycle != first.Cycle && changed.StartDate != begins {
			t.Fatalf("another cycle began on %s, want %s", changed.StartDate, begins)
		}
		later := 0
		if day.Before(first.PaidUntil) {
			later = rapid.IntRange(0, day.DaysUntil(first.PaidUntil)).Draw(t, "days later")
		} else if first.PaidUntil == changed.PaidUntil {
			later = rapid.IntRange(0, 400).Draw(t, "days later, unpaid")
		}
		back, creditBack, chargeBack := m.make(t, changed, first, day.AddDays(later), rule)
		back.Version = first.Version
		if diff := cmp.Diff(first, back, cmpopts.EquateComparable(date.Date{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("changed to %+v on %s, and back after %d days (-first +back):\n%s", changed, day, later, diff)
		}
		if later == 0 && (credit.Cmp(chargeBack) != 0 || charge.Cmp(creditBack) != 0) {
			t.Fatalf("credited and charged %s and %s, and back %s and %s", credit, charge, creditBack, chargeBack)
		}
	})
}

// Once the days are over that were paid before it, or another change lies between, a change back to a cycle is one like any other:
// the cycle begins on its day.
func TestAChangeBackThatIsNoInverse(t *testing.T) {
	start := date.MustNew(2026, 1, 31)
	first := Recurrence{
		Customer: "C", ID: "R", PackageID: "P", Price: decimal.MustNew(31000, 2), Currency: "MXN", Version: 1,
		Terms: Terms{State: Active, Cycle: Monthly, StartDate: start, PaidUntil: date.MustNew(2026, 4, 30)},
	}
	annual := first
	annual.Cycle = Annual
	for name, c := range map[string]struct {
		between bool
		day     date.Date
		want    Terms
	}{
		"in time":      {false, date.MustNew(2026, 4, 30), first.Terms},
		"too late":     {false, date.MustNew(2026, 5, 1), Terms{State: Active, Cycle: Monthly, StartDate: date.MustNew(2026, 5, 1), PaidUntil: date.MustNew(2026, 6, 1)}},
		"not the last": {true, date.MustNew(2026, 3, 1), Terms{State: Active, Cycle: Monthly, StartDate: date.MustNew(2026, 3, 1), PaidUntil: date.MustNew(2026, 4, 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			m := memory{changes: map[Version]Change{}}
			changed, _, _ := m.make(t, first, annual, date.MustNew(2026, 2, 28), settings.ByMonth)
			if c.between {
				to := changed
				to.DisplayName = "n"
				changed, _, _ = m.make(t, changed, to, date.MustNew(2026, 2, 28), settings.ByMonth)
			}
			to := changed
			to.Cycle = Monthly
			back, _, _ := m.make(t, changed, to, c.day, settings.ByMonth)
			if back.Terms != c.want {
				t.Errorf("got %+v, want %+v", back.Terms, c.want)
			}
		})
	}
}

// An update corrects the cycle and its dates. A change of cycle after it is not its inverse.
func TestAChangeBackAfterACorrection(t *testing.T) {
	m := memory{changes: map[Version]Change{}}
	wrong := Terms{State: Active, Cycle: Monthly, StartDate: date.MustNew(2026, 1, 1)}
	right := Terms{State: Active, Cycle: Annual, StartDate: date.MustNew(2026, 2, 1)}
	m.changes[2] = Change{Version: 2, Difference: Difference{OldTerms: &wrong, NewTerms: &right}, CreateTime: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	cycle, r := Monthly, Recurrence{PackageID: "P", Version: 2, Terms: right}
	if err := (plan{wanted: Wanted{Cycle: &cycle}, day: date.MustNew(2026, 3, 11)}).apply(t.Context(), m, &r); err != nil {
		t.Fatal(err)
	}
	if want := date.MustNew(2026, 3, 11); r.StartDate != want {
		t.Errorf("the cycle begins on %s, want %s", r.StartDate, want)
	}
}
