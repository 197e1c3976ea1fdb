package usage

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

func anyDay(t *rapid.T, label string) date.Date {
	return date.MustNew(2024, 1, 1).AddDays(rapid.IntRange(0, 3000).Draw(t, label))
}

// Each day is in exactly one window, which the window's text keeps, and windows follow one another without a gap.
func TestWindowsDivideAllDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contract := recurrence.Recurrence{Terms: recurrence.Terms{
			Cycle: rapid.SampledFrom([]recurrence.Cycle{recurrence.Monthly, recurrence.Quarterly, recurrence.Semiannual, recurrence.Annual}).Draw(t, "cycle"),
		}}
		if rapid.Bool().Draw(t, "starts") {
			contract.StartDate = anyDay(t, "start")
		}
		if rapid.Bool().Draw(t, "paid") {
			contract.PaidUntil = anyDay(t, "paid until")
		}
		own := settings.Settings{UsageWindow: rapid.SampledFrom([]settings.Window{settings.OfMonth, settings.OfCycle, ""}).Draw(t, "windows")}
		day := anyDay(t, "day")
		window := WindowOf(own, contract, day)
		if day.Before(window.Start) || !day.Before(window.End) {
			t.Fatalf("%s is not in %s to %s", day, window.Start, window.End)
		}
		for _, inside := range []date.Date{window.Start, window.End.AddDays(-1)} {
			if other := WindowOf(own, contract, inside); other != window {
				t.Fatalf("%s is in %s, and %s in %s", day, window, inside, other)
			}
		}
		if next := WindowOf(own, contract, window.End); next.Start != window.End {
			t.Fatalf("after %s comes %s", window, next)
		}
		var read Window
		if err := read.UnmarshalText([]byte(window.String())); err != nil || read != window {
			t.Fatalf("%s is read as %s, error %v", window, read, err)
		}
	})
}

func TestWindowsOfCyclesHaveTheStartDay(t *testing.T) {
	own := settings.Settings{UsageWindow: settings.OfCycle}
	terms := func(cycle recurrence.Cycle, start, paid string) (one recurrence.Recurrence) {
		one.Cycle = cycle
		if err := errors.Join(one.StartDate.UnmarshalText([]byte(start)), one.PaidUntil.UnmarshalText([]byte(paid))); err != nil {
			t.Fatal(err)
		}
		return one
	}
	for _, c := range []struct {
		contract  recurrence.Recurrence
		day, want string
	}{
		{terms(recurrence.Monthly, "2026-01-31", ""), "2026-02-28", "2026-02-28/2026-03-31"},
		{terms(recurrence.Monthly, "2026-01-31", ""), "2026-02-27", "2026-01-31/2026-02-28"},
		{terms(recurrence.Monthly, "2026-02-01", ""), "2026-02-27", "2026-02-01"},
		{terms(recurrence.Annual, "2026-05-15", ""), "2026-02-27", "2025-05-15/2026-05-15"},
		{terms(recurrence.Monthly, "2026-01-15", "2026-03-20"), "2026-03-17", "2026-03-15/2026-04-15"},
		{terms(recurrence.Quarterly, "2026-01-15", "2026-03-20"), "2026-03-01", "2026-01-15/2026-04-15"},
		{terms(recurrence.Quarterly, "", "2026-05-15"), "2026-02-27", "2026-02-15/2026-05-15"},
		{terms(recurrence.Annual, "", ""), "2026-02-27", "2026-02-01"},
	} {
		var day date.Date
		if err := day.UnmarshalText([]byte(c.day)); err != nil {
			t.Fatal(err)
		}
		if got := WindowOf(own, c.contract, day).String(); got != c.want {
			t.Errorf("%s of %+v: got %s, want %s", c.day, c.contract.Terms, got, c.want)
		}
	}
}

func TestImportedWindowsAreChecked(t *testing.T) {
	first, half := date.MustNew(2026, 2, 1), date.MustNew(2026, 2, 15)
	for _, c := range []struct {
		given Window
		ok    bool
	}{
		{Window{Start: first}, true}, {MonthOf(half), true}, {Window{half, half.AddMonthsClamped(12)}, true},
		{Window{Start: half}, false}, {Window{}, false}, {Window{half, half}, false}, {Window{half, first}, false},
		{Window{half, half.AddMonthsClamped(14)}, false},
	} {
		v := &fault.Violations{}
		got := c.given
		if got.check(v); (v.Err() == nil) != c.ok || c.ok && got.End.IsZero() {
			t.Errorf("%+v: got %+v, error %v", c.given, got, v.Err())
		}
	}
}
