package date_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
)

func anyDate(t *rapid.T) date.Date {
	year, month := rapid.IntRange(1900, 2200).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month"))
	return date.MustNew(year, month, rapid.IntRange(1, date.DaysIn(year, month)).Draw(t, "day"))
}

func TestDateRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(t)
		parsed, err := date.Parse(d.String())
		if err != nil || parsed != d {
			t.Fatalf("parsing %s: got %s, %v", d, parsed, err)
		}
		stored, err := d.Value()
		var scanned date.Date
		if err != nil || scanned.Scan(stored) != nil || scanned != d {
			t.Fatalf("%s stored as %v: got %s", d, stored, scanned)
		}
	})
}

func TestAddDaysInvertsDaysUntil(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, days := anyDate(t), rapid.IntRange(-4000, 4000).Draw(t, "days")
		if got := d.DaysUntil(d.AddDays(days)); got != days {
			t.Fatalf("%s to %d days later: got %d days", d, days, got)
		}
	})
}

// TestTextKeepsEveryDigit checks that a date of arithmetic beyond the year 9999 is not written as an earlier one.
func TestTextKeepsEveryDigit(t *testing.T) {
	for want, d := range map[string]date.Date{
		"":            {},
		"0001-02-03":  date.MustNew(1, time.February, 3),
		"9999-12-31":  date.MustNew(9999, time.December, 31),
		"10000-01-01": date.MustNew(9999, time.December, 31).AddDays(1),
	} {
		text, err := d.MarshalText()
		if d.String() != want || string(text) != want || err != nil {
			t.Errorf("got %q and %q, %v, want %q", d, text, err, want)
		}
	}
}

// The calendar is that of package time.
func TestMonthsAreThoseOfPackageTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		year, month := rapid.IntRange(1, 9999).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month"))
		if got, want := date.DaysIn(year, month), time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day(); got != want {
			t.Fatalf("%s %d: got %d days, want %d", month, year, got, want)
		}
		d := date.MustNew(year, month, rapid.IntRange(1, date.DaysIn(year, month)).Draw(t, "day"))
		if got, want := d.Time(), time.Date(year, month, d.Day(), 0, 0, 0, 0, time.UTC); !got.Equal(want) {
			t.Fatalf("got %s, want %s", got, want)
		}
		months, day := rapid.IntRange(-130_000, 130_000).Draw(t, "months"), rapid.IntRange(1, 31).Draw(t, "on day")
		first := time.Date(year, month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
		want := first.AddDate(0, 0, min(day, first.AddDate(0, 1, -1).Day())-1)
		if got := d.AddMonthsOnDay(months, day); !got.Time().Equal(want) {
			t.Fatalf("day %d of %d months after %s: got %s, want %s", day, months, d, got.Time(), want)
		}
	})
}

// A sum that no date holds stays later than all others.
func TestSumsDoNotWrapAround(t *testing.T) {
	last := date.MustNew(9999, time.December, 31)
	for name, sum := range map[string]date.Date{"days": last.AddDays(100_000_000), "months": last.AddMonthsClamped(100_000_000)} {
		if !last.Before(sum) {
			t.Errorf("adding many %s to %s gives %s", name, last, sum)
		}
	}
}

func TestAddMonthsClampsToMonthLength(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2025-01-31", 1, "2025-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2025-01-31", 2, "2025-03-31"},
		{"2025-01-31", 3, "2025-04-30"}, {"2025-12-15", 1, "2026-01-15"}, {"2025-01-31", 6, "2025-07-31"},
		{"2025-03-31", -1, "2025-02-28"}, {"2024-02-29", 12, "2025-02-28"},
	} {
		from, err := date.Parse(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := from.AddMonthsClamped(c.months).String(); got != c.want {
			t.Errorf("%s plus %d months: got %s, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestParseRejectsInvalidDates(t *testing.T) {
	for _, text := range []string{"", "2025-02-29", "2025-13-01", "2025-1-1", "2025-01-01T00:00:00", "0000-01-01"} {
		if d, err := date.Parse(text); err == nil {
			t.Errorf("%q: got %s, want an error", text, d)
		}
	}
	if _, err := date.New(10000, 1, 1); err == nil {
		t.Error("the year 10000 must be rejected")
	}
}
