package recurrence

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// billDay returns the day of the month that the cycles begin on, which a shorter month clamps.
func (t Terms) billDay() int {
	day := t.PaidUntil
	if t.StartDate.IsZero() || !day.IsZero() && day != day.AddMonthsOnDay(0, t.StartDate.Day()) {
		return day.Day()
	}
	return t.StartDate.Day()
}

// periodEnd returns the paid-until date if it is after today, otherwise the first day after today on
// which a cycle begins, counted from the start date or else the paid-until date. ok is false if
// there is neither.
func (t Terms) periodEnd(today date.Date) (end date.Date, ok bool) {
	if today.Before(t.PaidUntil) {
		return t.PaidUntil, true
	}
	from := t.StartDate
	if from.IsZero() {
		from = t.PaidUntil
	}
	if from.IsZero() {
		return date.Date{}, false
	}
	months, day := t.Cycle.Months(), t.billDay()
	passed := 12*(today.Year()-from.Year()) + int(today.Month()-from.Month())
	for k := max(passed/months, 0); ; k++ {
		if end = from.AddMonthsOnDay(k*months, day); today.Before(end) {
			return end, true
		}
	}
}

// PeriodEnd returns the first day after the present period: the paid-until date if it is still to
// come, otherwise the next day that begins a cycle. Faults: FailedPrecondition if the recurrence has
// neither a start date nor a paid-until date.
func (r *Recurrence) PeriodEnd(today date.Date) (date.Date, error) {
	end, ok := r.periodEnd(today)
	if !ok {
		return date.Date{}, fault.New(fault.FailedPrecondition, reason.NoPeriod,
			"recurrence %s has neither a start date nor a paid-until date, so its period has no end", r.Key())
	}
	return end, nil
}

// CycleOn returns the cycle that a day is in. Cycles are counted from the start date, on its day of the
// month, which a shorter month clamps, and go on before it. A paid-until date, which may be corrected to
// another day, counts only without a start date. ok is false if the recurrence has neither.
func (t Terms) CycleOn(day date.Date) (start, end date.Date, ok bool) {
	from := t.StartDate
	if from.IsZero() {
		from = t.PaidUntil
	}
	if from.IsZero() {
		return date.Date{}, date.Date{}, false
	}
	months, on := t.Cycle.Months(), from.Day()
	passed := 12*(day.Year()-from.Year()) + int(day.Month()-from.Month())
	k := passed/months - 1
	for end = from.AddMonthsOnDay(k*months, on); !day.Before(end); k++ {
		start, end = end, from.AddMonthsOnDay((k+1)*months, on)
	}
	return start, end, true
}
