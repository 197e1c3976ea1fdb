package billing_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

func parse(t testing.TB, text string) date.Date {
	t.Helper()
	if text == "" {
		return date.Date{}
	}
	d, err := date.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func schedule(t testing.TB, start, end string, billDay, months int) billing.Periods {
	t.Helper()
	return anchored(t, start, end, "", billDay, months)
}

func anchored(t testing.TB, start, end, anchor string, billDay, months int) billing.Periods {
	t.Helper()
	s, err := billing.NewPeriods(parse(t, start), parse(t, end), parse(t, anchor), billDay, months)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// describe formats parts as `2026-02-01 12/92`, and whole periods as `2026-02-13 whole`.
func describe(parts []billing.Part) []string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = part.Start.String() + " whole"
		if !part.Whole() {
			texts[i] = fmt.Sprintf("%s %d/%d", part.Start, part.Days(), part.Period.Days())
		}
	}
	return texts
}

type example struct {
	name            string
	start, end      string
	anchor          string
	billDay, months int
	asOf            string
	want            []string
}

// The worked examples of the package documentation, and others that are common mistakes in billing
// systems.
var worked = []example{
	{"monthly on the 31st", "2026-01-31", "", "", 31, 1, "2026-04-30",
		[]string{"2026-01-31 whole", "2026-02-28 whole", "2026-03-31 whole", "2026-04-30 whole"}},
	{"monthly on the 31st in a leap year", "2024-01-31", "", "", 31, 1, "2024-03-31",
		[]string{"2024-01-31 whole", "2024-02-29 whole", "2024-03-31 whole"}},
	{"semi-annual on the 31st", "2026-01-31", "", "", 31, 6, "2027-01-31",
		[]string{"2026-01-31 whole", "2026-07-31 whole", "2027-01-31 whole"}},
	{"quarterly, from before the bill day", "2026-02-01", "", "", 13, 3, "2026-05-13",
		[]string{"2026-02-01 12/92", "2026-02-13 whole", "2026-05-13 whole"}},
	{"monthly, partial at both ends", "2026-01-01", "2026-02-27", "", 15, 1, "2026-12-31",
		[]string{"2026-01-01 14/31", "2026-01-15 whole", "2026-02-15 12/28"}},
	{"monthly, started in February for the 31st", "2026-02-28", "", "", 31, 1, "2026-04-30",
		[]string{"2026-02-28 whole", "2026-03-31 whole", "2026-04-30 whole"}},
	{"monthly, started on the 31st for the 30th", "2026-01-31", "", "", 30, 1, "2026-03-30",
		[]string{"2026-01-31 28/29", "2026-02-28 whole", "2026-03-30 whole"}},
	{"annual on a leap day", "2024-02-29", "", "", 29, 12, "2028-02-29",
		[]string{"2024-02-29 whole", "2025-02-28 whole", "2026-02-28 whole", "2027-02-28 whole", "2028-02-29 whole"}},
	{"annual with an anchor after the start is no 17-month period", "2025-08-01", "", "", 15, 12, "2026-08-15",
		[]string{"2025-08-01 14/365", "2025-08-15 whole", "2026-08-15 whole"}},
	{"started and ended before the anchor", "2026-02-03", "2026-02-10", "", 13, 3, "2026-12-31", []string{"2026-02-03 7/92"}},
	{"ended on a boundary", "2026-01-15", "2026-03-15", "", 15, 1, "2026-12-31", []string{"2026-01-15 whole", "2026-02-15 whole"}},
	{"one day", "2026-01-15", "2026-01-16", "", 15, 1, "2026-12-31", []string{"2026-01-15 1/31"}},
	{"not due the day before", "2026-01-15", "", "", 15, 1, "2026-01-14", []string{}},
	{"due on its first day", "2026-01-15", "", "", 15, 1, "2026-01-15", []string{"2026-01-15 whole"}},
	{"annual, with an anchor years after the start", "2024-01-15", "", "2027-01-01", 1, 12, "2027-01-01",
		[]string{"2024-01-15 352/366", "2025-01-01 whole", "2026-01-01 whole", "2027-01-01 whole"}},
	{"quarterly on the 31st, with an anchor before the start on a month's last day", "2026-02-10", "", "2025-11-30", 31, 3, "2026-08-31",
		[]string{"2026-02-10 18/90", "2026-02-28 whole", "2026-05-31 whole", "2026-08-31 whole"}},
	{"started a whole cycle before its anchor", "2026-03-31", "", "2026-09-30", 31, 6, "2026-09-30",
		[]string{"2026-03-31 whole", "2026-09-30 whole"}},
}

func TestWorkedExamples(t *testing.T) {
	for _, test := range worked {
		t.Run(test.name, func(t *testing.T) {
			s := anchored(t, test.start, test.end, test.anchor, test.billDay, test.months)
			parts := slices.Collect(s.Due(parse(t, test.start), parse(t, test.asOf)))
			if diff := cmp.Diff(test.want, describe(parts)); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
		})
	}
}

// Every row of the documented table is among the worked examples.
func TestDocumentedPeriods(t *testing.T) {
	source, err := os.ReadFile("billing.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^//\t(\d{4}-\d\d-\d\d)  (.{8})  (.{6})  (.{10})  (.{10})  \S`).FindAllStringSubmatch(string(source), -1)
	if len(rows) != 7 {
		t.Fatalf("%d rows in the documentation's table, want 7", len(rows))
	}
	for _, row := range rows {
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if !slices.ContainsFunc(worked, func(w example) bool {
			return slices.Equal(row[1:], []string{w.start, fmt.Sprint(w.billDay), fmt.Sprint(w.months), w.end, w.anchor})
		}) {
			t.Errorf("not executed: %s", strings.TrimPrefix(row[0], "//\t"))
		}
	}
}

func TestCatchUpBillsEveryMissedPeriod(t *testing.T) {
	s := schedule(t, "2026-01-31", "", 31, 1)
	got := describe(slices.Collect(s.Due(parse(t, "2026-03-31"), parse(t, "2026-07-01"))))
	if diff := cmp.Diff([]string{"2026-03-31 whole", "2026-04-30 whole", "2026-05-31 whole", "2026-06-30 whole"}, got); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func TestBilledPeriodsAreNotBilledAgain(t *testing.T) {
	s := schedule(t, "2026-01-01", "", 1, 3)
	got := describe(slices.Collect(s.Due(parse(t, "2026-03-01"), parse(t, "2026-04-01"))))
	if diff := cmp.Diff([]string{"2026-03-01 31/90", "2026-04-01 whole"}, got); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func TestNewPeriodsRejectsInvalidSchedules(t *testing.T) {
	start := parse(t, "2026-01-01")
	for name, make := range map[string]func() (billing.Periods, error){
		"no start": func() (billing.Periods, error) {
			return billing.NewPeriods(date.Date{}, date.Date{}, date.Date{}, 1, 1)
		},
		"an end too early": func() (billing.Periods, error) {
			return billing.NewPeriods(start, start.AddDays(-1), date.Date{}, 1, 1)
		},
		"bill day 0":        func() (billing.Periods, error) { return billing.NewPeriods(start, date.Date{}, date.Date{}, 0, 1) },
		"bill day 32":       func() (billing.Periods, error) { return billing.NewPeriods(start, date.Date{}, date.Date{}, 32, 1) },
		"a cycle of 0":      func() (billing.Periods, error) { return billing.NewPeriods(start, date.Date{}, date.Date{}, 1, 0) },
		"a negative length": func() (billing.Periods, error) { return billing.NewPeriods(start, date.Date{}, date.Date{}, 1, -3) },
		"another anchor":    func() (billing.Periods, error) { return billing.NewPeriods(start, date.Date{}, start.AddDays(1), 1, 1) },
		"no month's last": func() (billing.Periods, error) {
			return billing.NewPeriods(start, date.Date{}, start.AddDays(29), 31, 1)
		},
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// scheduled is a random line: its schedule, and the span for which it is billed.
type scheduled struct {
	billing.Periods
	billing.Span
	anchor          date.Date
	billDay, months int
}

// drawAnchor draws an anchor, or none.
func drawAnchor(t *rapid.T, start date.Date, billDay int) date.Date {
	if rapid.Bool().Draw(t, "brings no anchor") {
		return date.Date{}
	}
	return start.AddMonthsOnDay(rapid.IntRange(-60, 60).Draw(t, "months to the anchor"), billDay)
}

func drawSchedule(t *rapid.T) scheduled {
	start := date.MustNew(2020, 1, 1).AddDays(rapid.IntRange(0, 3000).Draw(t, "start"))
	end := start.AddDays(rapid.IntRange(1, 3000).Draw(t, "days"))
	billDay, months := rapid.IntRange(1, 31).Draw(t, "bill day"), rapid.SampledFrom([]int{1, 3, 6, 12}).Draw(t, "months")
	anchor := drawAnchor(t, start, billDay)
	s, err := billing.NewPeriods(start, end, anchor, billDay, months)
	if err != nil {
		t.Fatal(err)
	}
	return scheduled{s, billing.Span{Start: start, End: end}, anchor, billDay, months}
}

func TestEveryDayIsBilledOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawSchedule(t)
		day := l.Start
		for part := range l.Due(l.Start, l.End) {
			if part.Start != day || part.Days() < 1 {
				t.Fatalf("%s follows %s", part, day)
			}
			if part.Start.Before(part.Period.Start) || part.Period.End.Before(part.End) {
				t.Fatalf("%s does not lie in its period %s", part.Span, part.Period)
			}
			day = part.End
		}
		if day != l.End {
			t.Fatalf("billed until %s, the line ends on %s", day, l.End)
		}
	})
}

func TestBoundariesAreWholeCyclesFromAnchor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawSchedule(t)
		anchor := l.Anchor()
		if l.anchor.IsZero() && (anchor.Before(l.Start) || l.Start.DaysUntil(anchor) > 30) || !l.anchor.IsZero() && anchor != l.anchor {
			t.Fatalf("anchor %s of a line from %s that brings %q", anchor, l.Start, l.anchor)
		}
		if !l.Begins(anchor) || l.Begins(anchor.AddDays(1)) {
			t.Fatalf("no full period begins on the anchor %s", anchor)
		}
		for part := range l.Due(l.Start, l.End) {
			for _, boundary := range []date.Date{part.Period.Start, part.Period.End} {
				if want := min(l.billDay, date.DaysIn(boundary.Year(), boundary.Month())); boundary.Day() != want {
					t.Fatalf("boundary %s with bill day %d", boundary, l.billDay)
				}
				if months := 12*(boundary.Year()-anchor.Year()) + int(boundary.Month()-anchor.Month()); months%l.months != 0 {
					t.Fatalf("boundary %s is %d months from anchor %s", boundary, months, anchor)
				}
			}
		}
	})
}

func TestBillingInStepsEqualsBillingAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawSchedule(t)
		atOnce := slices.Collect(l.Due(l.Start, l.End))
		var inSteps []billing.Part
		unbilled := l.Start
		for asOf := l.Start; asOf.Before(l.End); asOf = asOf.AddDays(rapid.IntRange(1, 400).Draw(t, "days to the next run")) {
			for part := range l.Due(unbilled, asOf) {
				inSteps, unbilled = append(inSteps, part), part.End
			}
			if len(inSteps) > 0 && len(slices.Collect(l.Due(unbilled, asOf))) != 0 {
				t.Fatal("running twice bills again")
			}
			if unbilled == l.End {
				break
			}
		}
		for part := range l.Due(unbilled, l.End) {
			inSteps = append(inSteps, part)
		}
		if !slices.Equal(atOnce, inSteps) {
			t.Fatalf("at once %v, in steps %v", atOnce, inSteps)
		}
	})
}

// A change of the cycle keeps the anchor. The rest of the new period that contains the first
// unbilled day is billed first, and whole new periods follow.
func TestCycleChangesBillEveryDayOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawSchedule(t)
		anchor, schedule, unbilled := l.Anchor(), l.Periods, l.Start
		for asOf := l.Start; unbilled != l.End; asOf = asOf.AddDays(rapid.IntRange(1, 400).Draw(t, "days to the next run")) {
			for part := range schedule.Due(unbilled, asOf) {
				if part.Start != unbilled || part.Days() < 1 || part.Start.Before(part.Period.Start) || part.Period.End.Before(part.End) {
					t.Fatalf("%s of %s follows %s", part.Span, part.Period, unbilled)
				}
				unbilled = part.End
			}
			months := rapid.SampledFrom([]int{1, 3, 6, 12}).Draw(t, "months from then on")
			var err error
			if schedule, err = billing.NewPeriods(l.Start, l.End, l.anchor, l.billDay, months); err != nil {
				t.Fatal(err)
			}
			if schedule.Anchor() != anchor {
				t.Fatalf("the anchor moves from %s to %s", anchor, schedule.Anchor())
			}
		}
	})
}
