package line_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// For any dates, an imported line has a whole period from its next cycle date on.
func TestBeginPeriodsOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := date.MustNew(2020, 1, 1).AddDays(rapid.IntRange(0, 1500).Draw(t, "start"))
		next := start.AddDays(rapid.IntRange(0, 3000).Draw(t, "days to the next cycle"))
		l := line.Line{Start: start, BillCycle: rapid.SampledFrom([]line.BillCycle{"M", "Q", "S", "A"}).Draw(t, "cycle")}
		l.BeginPeriodsOn(next)
		schedule, err := billing.NewPeriods(l.Start, date.Date{}, l.Anchor, l.BillDay, l.BillCycle.Months())
		if err != nil {
			t.Fatal(err)
		}
		if !schedule.Begins(next) || schedule.Anchor() != l.AnchorDate() {
			t.Fatalf("no period begins on %s: got bill day %d, anchor %s", next, l.BillDay, l.AnchorDate())
		}
		if l.BillCycle == line.Monthly && !l.Anchor.IsZero() {
			t.Fatalf("a monthly line has anchor %s of its own", l.Anchor)
		}
	})
}
