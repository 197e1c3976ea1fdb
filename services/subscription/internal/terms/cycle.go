package terms

import "github.com/continuo-billing/continuo/services/platform/date"

// Cycle is the days from one billing to the next: from Start until the day before End.
type Cycle struct{ Start, End date.Date }

// Cycle returns the cycle in which a day lies; each day is one if the length is not positive. Cycles of months begin on the day of the terms, or on the last of the month, and are counted from
// the last such day on or before the anchor of the terms; a shorter month clamps it. Cycles with days are counted from the anchor.
func (t Terms) Cycle(day date.Date) Cycle {
	if t.Every.Days != 0 || t.Every.Months <= 0 {
		return t.cycleOfDays(day)
	}
	on := t.CycleDay
	if t.LastDay {
		on = lastDay
	}
	if on == 0 {
		on = t.anchor().Day()
	}
	anchor := t.anchor().AddMonthsOnDay(0, on)
	if t.anchor().Before(anchor) {
		anchor = t.anchor().AddMonthsOnDay(-1, on)
	}
	months := (day.Year()-anchor.Year())*monthsOfYear + int(day.Month()) - int(anchor.Month())
	times := floor(months, t.Every.Months)
	boundary := func(times int) date.Date { return anchor.AddMonthsOnDay(times*t.Every.Months, on) }
	for day.Before(boundary(times)) {
		times--
	}
	for !day.Before(boundary(times + 1)) {
		times++
	}
	return Cycle{boundary(times), boundary(times + 1)}
}

const (
	lastDay      = 31
	monthsOfYear = 12
)

// cycleOfDays returns the cycle of days, or of months and days, in which a day lies.
func (t Terms) cycleOfDays(day date.Date) Cycle {
	every, anchor := t.Every, t.anchor()
	if !every.Positive() {
		every = Length{Days: 1}
	}
	if every.Months == 0 {
		start := anchor.AddDays(floor(anchor.DaysUntil(day), every.Days) * every.Days)
		return Cycle{start, start.AddDays(every.Days)}
	}
	times := 0
	for day.Before(every.After(anchor, times)) {
		times--
	}
	for !day.Before(every.After(anchor, times+1)) {
		times++
	}
	return Cycle{every.After(anchor, times), every.After(anchor, times+1)}
}

// anchor returns the day from which cycles are counted.
func (t Terms) anchor() date.Date {
	if t.Anchor.IsZero() {
		return t.Effective
	}
	return t.Anchor
}

// floor returns the quotient of two numbers, rounded down. The second is positive.
func floor(number, by int) int {
	quotient := number / by
	if number%by < 0 {
		quotient--
	}
	return quotient
}
