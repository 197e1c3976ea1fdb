package billing

import (
	"fmt"
	"iter"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Periods is when a line is billed. Make one with NewPeriods.
type Periods struct {
	start, end, anchor date.Date
	billDay, months    int
}

// NewPeriods returns the periods of a line that is billed from start, before end unless that is no
// date, in cycles of that many months whose periods begin on the bill day. No anchor is the first
// that the start allows. It fails where that makes no sense: no start, an end before it, a bill day
// outside 1 to 31, an anchor that does not fall on it, fewer months than 1.
func NewPeriods(start, end, anchor date.Date, billDay, months int) (Periods, error) {
	switch {
	case start.IsZero():
		return Periods{}, fmt.Errorf("a schedule needs a start")
	case !end.IsZero() && end.Before(start):
		return Periods{}, fmt.Errorf("the end %s lies before the start %s", end, start)
	case billDay < 1 || billDay > 31:
		return Periods{}, fmt.Errorf("%d is not a day of the month", billDay)
	case months < 1:
		return Periods{}, fmt.Errorf("a cycle of %d months is none", months)
	case anchor.IsZero():
		anchor = FirstAnchor(start, billDay)
	case !FallsOn(anchor, billDay):
		return Periods{}, fmt.Errorf("the anchor %s does not fall on the bill day, %d", anchor, billDay)
	}
	return Periods{start: start, end: end, anchor: anchor, billDay: billDay, months: months}, nil
}

// FirstAnchor returns the anchor of a line that brings none: the first date on or after the start
// that falls on the bill day.
func FirstAnchor(start date.Date, billDay int) date.Date {
	if anchor := start.AddMonthsOnDay(0, billDay); !anchor.Before(start) {
		return anchor
	}
	return start.AddMonthsOnDay(1, billDay)
}

// FallsOn reports whether a date falls on the bill day, or on the last day of a month that has no
// such day.
func FallsOn(day date.Date, billDay int) bool { return day.AddMonthsOnDay(0, billDay) == day }

// Anchor returns the first day of a full period, from which all boundaries are computed.
func (s Periods) Anchor() date.Date { return s.anchor }

// Begins reports whether a full period begins on a day.
func (s Periods) Begins(day date.Date) bool { return s.Period(day).Start == day }

// boundary returns the anchor plus k cycles.
func (s Periods) boundary(k int) date.Date { return s.anchor.AddMonthsOnDay(k*s.months, s.billDay) }

// Period returns the full period that holds a day.
func (s Periods) Period(day date.Date) Span {
	months := 12*(day.Year()-s.anchor.Year()) + int(day.Month()-s.anchor.Month())
	k := floorDiv(months, s.months)
	if day.Before(s.boundary(k)) {
		k--
	}
	return Span{Start: s.boundary(k), End: s.boundary(k + 1)}
}

func floorDiv(a, b int) int {
	quotient := a / b
	if a%b < 0 {
		quotient--
	}
	return quotient
}

// Due returns the parts that are due as of a date, in order: from the first day that is not billed
// yet, or the start if that is later. A part whose first days are billed already is given as its
// remaining piece.
func (s Periods) Due(unbilled, asOf date.Date) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		day := later(unbilled, s.start)
		for !asOf.Before(day) && (s.end.IsZero() || day.Before(s.end)) {
			part := s.part(day)
			if !yield(part) {
				return
			}
			day = part.End
		}
	}
}

// Within returns the parts of a span of days, in order.
func (s Periods) Within(days Span) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		for day := later(days.Start, s.start); day.Before(days.End) && (s.end.IsZero() || day.Before(s.end)); {
			part := s.part(day)
			part.End = earlier(part.End, days.End)
			if !yield(part) {
				return
			}
			day = part.End
		}
	}
}

// part returns the part that begins on a day of the line and ends with the full period, or with the
// line.
func (s Periods) part(day date.Date) Part {
	period := s.Period(day)
	part := Part{Span: Span{Start: day, End: period.End}, Period: period, first: later(period.Start, s.start)}
	if !s.end.IsZero() && s.end.Before(part.End) {
		part.End = s.end
	}
	return part
}

func later(a, b date.Date) date.Date {
	if a.Before(b) {
		return b
	}
	return a
}
