package line

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// NextDue returns the first date as of which a cycle run bills the line for the days from its next
// cycle date on. It is the next cycle date if the line has ended, its end if it is paused until then,
// and zero while a line without an end is paused without one.
func (l Line) NextDue() (date.Date, error) {
	if !l.End.IsZero() && !l.NextCycle.Before(l.End) {
		return l.NextCycle, nil
	}
	schedule, err := billing.NewPeriods(l.Start, l.End, l.Anchor, l.BillDay, l.BillCycle.Months())
	if err != nil {
		return date.Date{}, fmt.Errorf("line %d: %w", l.ID, err)
	}
	if due := schedule.On(PausedDays(l.Pauses), l.Timing == InArrears).NextDue(l.NextCycle); !due.IsZero() {
		return due, nil
	}
	return l.End, nil
}

// PeriodBefore returns the first day of the last part of the line before a day, by its schedule. It
// is zero if the line does not start before that day.
func (l Line) PeriodBefore(before date.Date) (date.Date, error) {
	if !l.Start.Before(before) {
		return date.Date{}, nil
	}
	schedule, err := billing.NewPeriods(l.Start, date.Date{}, l.Anchor, l.BillDay, l.BillCycle.Months())
	if err != nil {
		return date.Date{}, fmt.Errorf("line %d: %w", l.ID, err)
	}
	if start := schedule.Period(before.AddDays(-1)).Start; l.Start.Before(start) {
		return start, nil
	}
	return l.Start, nil
}
