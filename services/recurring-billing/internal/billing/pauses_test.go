package billing_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// spans parses spans such as `2026-01-11..2026-01-21, 2026-02-01..`.
func spans(t testing.TB, text string) (days []billing.Span) {
	t.Helper()
	for span := range strings.SplitSeq(text, ", ") {
		if from, until, found := strings.Cut(span, ".."); found {
			days = append(days, billing.Span{Start: parse(t, from), End: parse(t, until)})
		}
	}
	if last := len(days) - 1; last >= 0 && days[last].End.IsZero() {
		days[last].End = billing.Never
	}
	return days
}

// dueText returns what is due of a line as the tables write it, and moves the line on.
func dueText(t testing.TB, line *billing.Billable, asOf string) string {
	t.Helper()
	charges, parts, err := line.Due(parse(t, asOf))
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) > 0 {
		line.Unbilled = parts[len(parts)-1].End
	}
	texts := make([]string, len(charges))
	for i, charge := range charges {
		texts[i] = charge.Span.Start.String() + " " + money(charge.Amount)
	}
	return strings.Join(texts, ", ")
}

func months(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDocumentedPauses(t *testing.T) {
	rows := table(t, "monthly  cycle  paused")
	if len(rows) != 10 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		line := flat(1, 1, "2026-01-01", cents(t, row[0]))
		line.Months, line.Paused = months(t, row[1]), spans(t, row[2])
		if got := dueText(t, &line, row[3]); got != row[4] {
			t.Errorf("%s: %s", strings.Join(row, " "), got)
		}
	}
}

func TestDocumentedArrears(t *testing.T) {
	rows := table(t, "arrears  cycle  start")
	if len(rows) != 11 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		line := flat(1, 1, row[2], cents(t, row[0]))
		line.Months, line.End, line.Paused, line.InArrears = months(t, row[1]), parse(t, row[3]), spans(t, row[4]), true
		line.BillDay, line.Anchor = 1, date.MustNew(2026, 1, 1)
		if got := dueText(t, &line, row[5]); got != row[6] {
			t.Errorf("%s: %s", strings.Join(row, " "), got)
		}
	}
}

func TestDocumentedTimings(t *testing.T) {
	rows := table(t, "changed     as of")
	if len(rows) != 4 {
		t.Fatalf("%d rows", len(rows))
	}
	line := flat(1, 1, "2026-01-01", 3100)
	for _, row := range rows {
		line.InArrears = row[2] == "arrears"
		if got := dueText(t, &line, row[1]); got != row[3] {
			t.Errorf("%s: %s", strings.Join(row, " "), got)
		}
	}
}

// drawPauses draws pauses of a line, of which the last may have no end.
func drawPauses(t *rapid.T, start date.Date) (paused []billing.Span) {
	for from := start; len(paused) < rapid.IntRange(0, 4).Draw(t, "pauses"); {
		from = from.AddDays(rapid.IntRange(0, 120).Draw(t, "days until a pause"))
		paused = append(paused, billing.Span{Start: from, End: from.AddDays(rapid.IntRange(1, 200).Draw(t, "days of a pause"))})
		from = paused[len(paused)-1].End
	}
	if last := len(paused) - 1; last >= 0 && rapid.Bool().Draw(t, "has no end") {
		paused[last].End = billing.Never
	}
	return paused
}

// Run by run, a paused line is billed for each day once that is neither paused nor after its end, as
// the reference prices it, and no run bills a day before it is due.
func TestPausedLinesAreBilledForOtherDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := drawLine(t, 1)
		line.Proration, line.Paused = drawProration(t), drawPauses(t, line.Start)
		billed := map[date.Date]bool{}
		asOf := line.Start
		for range rapid.IntRange(1, 12).Draw(t, "runs") {
			asOf = asOf.AddDays(rapid.IntRange(0, 200).Draw(t, "days to the next run"))
			line.InArrears = rapid.Bool().Draw(t, "in arrears")
			charges, parts, err := line.Due(asOf)
			if err != nil {
				t.Fatal(err)
			}
			for _, charge := range charges {
				if period, want := reference(line, charge); charge.Period != period || charge.Amount != want {
					t.Fatalf("%+v costs %d in %s", charge, want, period)
				}
				for day := charge.Span.Start; day.Before(charge.Span.End); day = day.AddDays(1) {
					paused := slices.ContainsFunc(line.Paused, func(p billing.Span) bool { return p.Holds(day) })
					if billed[day] || paused || line.InArrears && !day.Before(asOf) {
						t.Fatalf("%s is billed as of %s in %s of %+v", day, asOf, charge.Span, line)
					}
					billed[day] = true
				}
			}
			if len(parts) > 0 {
				line.Unbilled = parts[len(parts)-1].End
			}
			for day := line.Start; day.Before(line.Unbilled); day = day.AddDays(1) {
				if !billed[day] && !slices.ContainsFunc(line.Paused, func(p billing.Span) bool { return p.Holds(day) }) {
					t.Fatalf("%s is skipped: %+v", day, line)
				}
			}
			next := nextDue(t, line)
			if !next.IsZero() && !asOf.Before(next) {
				t.Fatalf("due on %s, and not billed as of %s: %+v", next, asOf, line)
			}
		}
	})
}

// nextDue returns the first date as of which a line is due, and checks it against what is due then, on
// the day before, and years later.
func nextDue(t *rapid.T, line billing.Billable) date.Date {
	periods, err := billing.NewPeriods(line.Start, line.End, line.Anchor, line.BillDay, line.Months)
	if err != nil {
		t.Fatal(err)
	}
	isDue := func(asOf date.Date) bool {
		_, parts, err := line.Due(asOf)
		if err != nil {
			t.Fatal(err)
		}
		return len(parts) > 0
	}
	due := periods.On(line.Paused, line.InArrears).NextDue(line.Unbilled)
	if due.IsZero() && isDue(line.Unbilled.AddDays(3000)) || !due.IsZero() && (!isDue(due) || isDue(due.AddDays(-1))) {
		t.Fatalf("due on %s: %+v", due, line)
	}
	return due
}
