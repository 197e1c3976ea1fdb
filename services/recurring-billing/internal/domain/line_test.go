package domain_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// Whatever its dates are, a line that comes from elsewhere has a whole period from its next cycle date on.
func TestPeriodsBeginWhereTheyAreSaidTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := date.MustNew(2020, 1, 1).AddDays(rapid.IntRange(0, 1500).Draw(t, "start"))
		next := start.AddDays(rapid.IntRange(0, 3000).Draw(t, "days to the next cycle"))
		line := domain.Line{Start: start, BillCycle: rapid.SampledFrom([]domain.BillCycle{"M", "Q", "S", "A"}).Draw(t, "cycle")}
		line.BeginPeriodsOn(next)
		schedule, err := billing.New(line.Start, date.Date{}, line.Anchor, line.BillDay, line.BillCycle.Months())
		if err != nil {
			t.Fatal(err)
		}
		if !schedule.Begins(next) || schedule.Anchor() != line.AnchorDate() {
			t.Fatalf("no period begins on %s: bill day %d, anchor %s", next, line.BillDay, line.AnchorDate())
		}
		if line.BillCycle == domain.Monthly && !line.Anchor.IsZero() {
			t.Fatalf("a monthly line has anchor %s of its own", line.Anchor)
		}
	})
}
