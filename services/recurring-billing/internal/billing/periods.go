package billing

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Periods is when a line is billed. Make one with NewPeriods.
type Periods struct {
	start, end, anchor date.Date
	billDay, months    int
	// paused holds days that are not billed, in order.
	paused []Span
	// arrears tells that parts are due after their last day.
	arrears bool
}

// Never is the end of a span of days without an end. It lies after all dates of lines.
var Never = date.MustNew(9999, time.December, 31)

// On returns the periods of a line that is not billed for some days (rule 21), which are in order, and
// is billed in arrears or in advance (rule 23).
func (s Periods) On(paused []Span, arrears bool) Periods {
	s.paused, s.arrears = paused, arrears
	return s
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
	start := s.boundary(k)
	if day.Before(start) {
		return Span{Start: s.boundary(k - 1), End: start}
	}
	return Span{Start: start, End: s.boundary(k + 1)}
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
// remaining piece, and one with paused days as the pieces between them.
func (s Periods) Due(unbilled, asOf date.Date) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		day := s.unpaused(later(unbilled, s.start))
		for !asOf.Before(day) && (s.end.IsZero() || day.Before(s.end)) {
			part := s.part(day)
			if s.arrears && asOf.Before(s.billedUntil(part)) || !s.pieces(part, yield) {
				return
			}
			day = s.unpaused(part.End)
		}
	}
}

// NextDue returns the first date as of which days are due, if those before a day are billed. It is
// zero if there is none, because the line has ended or its pause has no end.
func (s Periods) NextDue(unbilled date.Date) date.Date {
	day := s.unpaused(later(unbilled, s.start))
	switch {
	case day == Never || !s.end.IsZero() && !day.Before(s.end):
		return date.Date{}
	case s.arrears:
		return s.billedUntil(s.part(day))
	}
	return day
}

// unpaused returns the first day on or after another that is not paused.
func (s Periods) unpaused(day date.Date) date.Date {
	for _, pause := range s.paused {
		if pause.Holds(day) {
			day = pause.End
		}
	}
	return day
}

// billedUntil returns the day after the last of a part that is not paused.
func (s Periods) billedUntil(part Part) date.Date {
	day := part.End
	for _, pause := range slices.Backward(s.paused) {
		if pause.Holds(day.AddDays(-1)) {
			day = pause.Start
		}
	}
	return day
}

// pieces yields those of a part's days that are not paused, in order.
func (s Periods) pieces(part Part, yield func(Part) bool) bool {
	if !slices.ContainsFunc(s.paused, part.Overlaps) {
		return yield(part)
	}
	for _, days := range part.Minus(s.paused) {
		part.Span = days
		if !yield(part) {
			return false
		}
	}
	return true
}

// Within returns the parts of a span of days, in order.
func (s Periods) Within(days Span) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		for day := later(days.Start, s.start); day.Before(days.End) && (s.end.IsZero() || day.Before(s.end)); {
			part := s.part(day)
			part.End = earlier(part.End, days.End)
			if !s.pieces(part, yield) {
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
