// Package billing says when a recurring line is billed, and for how much. It knows no store and no clock: the same
// schedule gives the same parts at any time, so a preview and a run cannot differ.
//
// # Rules
//
// 1. A line is billed for the days [start, end); without an end, for all days from its start. Dates are calendar dates
// without a zone, and every span of days is half-open: it holds its first day and not its last.
//
// 2. The anchor is the first date on or after the start that falls on the bill day, or on the last day of a month that
// has no such day.
//
// 3. Boundaries are the anchor plus k times the months of the cycle, k any whole number. Each is computed from the anchor
// itself, never from the boundary before, with the bill day clamped to the month's length: Jan 31, Feb 28, Mar 31.
//
// 4. A full period lies between one boundary and the next. What is billed of it is the part that lies within the line's
// days: from the start to the anchor first, whole periods then, and what remains before the end last.
//
// 5. A part is due on its first day. As of a date, all parts from the first day that is not billed yet are due whose
// first day is that date or earlier: whoever missed three cycles gets three parts.
//
// 6. A part of a full period costs the cycle amount times the days of the part over the days of the period, rounded half
// away from zero to the minor unit of the currency. A whole period costs the cycle amount.
//
// 7. Where a part is billed in pieces, each piece costs what rule 6 says of all days of the part up to the piece's end,
// less what it says of those up to the piece's start. So pieces sum to their part, and pieces of a whole period to the
// cycle amount, however it is cut.
//
// # Worked examples
//
//	start       bill day  months  end         parts
//	2026-01-31  31        1                   whole periods from Jan 31, Feb 28, Mar 31, Apr 30
//	2024-01-31  31        1                   whole periods from Jan 31, Feb 29, Mar 31
//	2026-01-31  31        6                   whole periods from Jan 31, Jul 31, Jan 31
//	2026-02-01  13        3                   12/92 of a cycle, then whole periods from Feb 13
//	2026-01-01  15        1       2026-02-27  14/31, a whole cycle from Jan 15, 12/28
//
// The tests execute this table.
package billing

import (
	"fmt"
	"iter"
	"math/bits"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Span is the days from Start to the day before End.
type Span struct{ Start, End date.Date }

// Days is the number of days in the span.
func (s Span) Days() int { return s.Start.DaysUntil(s.End) }

// String is `[2026-01-31, 2026-02-28)`.
func (s Span) String() string { return fmt.Sprintf("[%s, %s)", s.Start, s.End) }

// Part is what is billed of a full period.
type Part struct {
	// Span is the days that are billed.
	Span
	// Period is the full period that they lie in.
	Period Span
	// first is the line's first day in the period, from which rule 7 measures.
	first date.Date
}

// Whole reports whether the part is the whole of its period.
func (p Part) Whole() bool { return p.Span == p.Period }

// Schedule is when a line is billed. Make one with New.
type Schedule struct {
	start, end, anchor date.Date
	billDay, months    int
}

// New is the schedule of a line that is billed from start, before end unless that is no date, in cycles of that many
// months whose periods begin on the bill day. It fails where that makes no sense: no start, an end that does not lie after
// it, a bill day outside 1 to 31, fewer months than 1.
func New(start, end date.Date, billDay, months int) (Schedule, error) {
	switch {
	case start.IsZero():
		return Schedule{}, fmt.Errorf("a schedule needs a start")
	case !end.IsZero() && !start.Before(end):
		return Schedule{}, fmt.Errorf("the end %s does not lie after the start %s", end, start)
	case billDay < 1 || billDay > 31:
		return Schedule{}, fmt.Errorf("%d is not a day of the month", billDay)
	case months < 1:
		return Schedule{}, fmt.Errorf("a cycle of %d months is none", months)
	}
	anchor := start.AddMonthsOnDay(0, billDay)
	if anchor.Before(start) {
		anchor = start.AddMonthsOnDay(1, billDay)
	}
	return Schedule{start: start, end: end, anchor: anchor, billDay: billDay, months: months}, nil
}

// Anchor is the first date on or after the start that falls on the bill day.
func (s Schedule) Anchor() date.Date { return s.anchor }

// boundary is the anchor plus k cycles.
func (s Schedule) boundary(k int) date.Date { return s.anchor.AddMonthsOnDay(k*s.months, s.billDay) }

// Period is the full period that holds a day.
func (s Schedule) Period(day date.Date) Span {
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

// Due is the parts that are due as of a date, in order: from the first day that is not billed yet, or the start if that
// is later. A part whose first days are billed already is given as its remaining piece.
func (s Schedule) Due(unbilled, asOf date.Date) iter.Seq[Part] {
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

// part is the part that begins on a day of the line and ends with the full period, or with the line.
func (s Schedule) part(day date.Date) Part {
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

// Cut cuts the part in two at a day inside it.
func (p Part) Cut(day date.Date) (before, after Part, err error) {
	if !p.Start.Before(day) || !day.Before(p.End) {
		return Part{}, Part{}, fmt.Errorf("%s does not lie inside %s", day, p.Span)
	}
	before, after = p, p
	before.End, after.Start = day, day
	return before, after, nil
}

// Cost is what the part costs where a whole period costs cycle, an amount with as many decimal places as the minor unit
// of its currency.
func (p Part) Cost(cycle decimal.Decimal) (decimal.Decimal, error) {
	upToEnd, err := share(cycle, p.first.DaysUntil(p.End), p.Period.Days())
	if err != nil {
		return decimal.Decimal{}, err
	}
	upToStart, err := share(cycle, p.first.DaysUntil(p.Start), p.Period.Days())
	if err != nil {
		return decimal.Decimal{}, err
	}
	cost, err := upToEnd.SubExact(upToStart, cycle.Scale())
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("cost of %s: %w", p.Span, err)
	}
	return cost, nil
}

// share is amount times days over of, rounded half away from zero to the amount's own decimal places.
func share(amount decimal.Decimal, days, of int) (decimal.Decimal, error) {
	if days < 0 || days > of {
		return decimal.Decimal{}, fmt.Errorf("%d days are no part of %d", days, of)
	}
	// floor((2 * coefficient * days + of) / (2 * of)) in 128 bits; since days <= of the result is no larger than the
	// coefficient.
	high, low := bits.Mul64(amount.Coef(), 2*uint64(days))
	low, carry := bits.Add64(low, uint64(of), 0)
	quotient, _ := bits.Div64(high+carry, low, 2*uint64(of))
	rounded, err := decimal.New(int64(quotient), amount.Scale())
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("rounding a part of %s: %w", amount, err)
	}
	return rounded.CopySign(amount), nil
}
