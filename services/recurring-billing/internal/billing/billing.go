// Package billing says when recurring lines are billed, for how much, and on which invoices. It knows no store and no
// clock: the same lines give the same invoices at any time, so a preview and a run cannot differ. Amounts are exact
// integers of minor units (cents); decimals stand at the edge alone.
//
// # Rules of one line
//
// 1. A line is billed for the days [start, end): for none where it ends on its start, without an end for all days from its
// start. Dates are calendar dates
// without a zone, and every span of days is half-open: it holds its first day and not its last.
//
// 2. The anchor is the first day of a full period. It falls on the bill day, or on the last day of a month that has no such
// day. A line that was billed elsewhere before brings its own, on whichever side of its start, so that its periods go on as
// they were; any other has the first such date on or after its start. It stays when the cycle changes.
//
// 3. Boundaries are the anchor plus k times the months of the cycle, k any whole number, below zero too. Each is computed
// from the anchor itself, never from the boundary before, with the bill day clamped to the month's length: Jan 31, Feb 28,
// Mar 31.
//
// 4. A full period lies between one boundary and the next. What is billed of it is the part that lies within the line's
// days: from the start to the first boundary after it first, unless it is a boundary itself, whole periods then, and what
// remains before the end last.
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
//	start       bill day  months  end         anchor      parts
//	2026-01-31  31        1                               whole periods from Jan 31, Feb 28, Mar 31, Apr 30
//	2024-01-31  31        1                               whole periods from Jan 31, Feb 29, Mar 31
//	2026-01-31  31        6                               whole periods from Jan 31, Jul 31, Jan 31
//	2026-02-01  13        3                               12/92 of a cycle, then whole periods from Feb 13
//	2026-01-01  15        1       2026-02-27              14/31, a whole cycle from Jan 15, 12/28
//	2024-01-15  1         12                  2027-01-01  352/366, then whole periods from Jan 1 of 2025, 2026, 2027
//	2026-02-10  31        3                   2025-11-30  18/90, then whole periods from Feb 28, May 31, Aug 31
//
// 8. A line's monthly amount on a day is that of its last rate that took effect on or before it; the first rate takes
// effect at the line's start. The cycle amount is the monthly amount times the months of the cycle. Where a rate takes
// effect inside a part, the part is cut there (rule 7), and each piece costs its days' share of its own cycle amount over
// all days of the full period. Billed days are billed: a rate that takes effect among them counts from the first day that
// is not billed yet.
//
//	rates of a monthly line from 2026-01-01                as of       charges
//	2026-01-01 31.00                                       2026-02-01  2026-01-01 31.00, 2026-02-01 31.00
//	2026-01-01 31.00; 2026-01-11 62.00                     2026-01-31  2026-01-01 10.00, 2026-01-11 42.00
//	2026-01-01 31.00; 2026-01-11 62.00; 2026-01-21 0.00    2026-02-01  2026-01-01 10.00, 2026-01-11 20.00, 2026-01-21 0.00, 2026-02-01 0.00
//	2026-01-01 31.00; 2026-02-01 62.00                     2026-02-01  2026-01-01 31.00, 2026-02-01 62.00
//
// # Rules of invoices
//
// 9. A run makes one invoice for each bill-to and currency that has something due: charges, credits, or both. A line
// receivable to a master account is due from the master's bill-to, any other from its own.
//
// 10. What is due of lines with the same master item, the same cycle and the same full period rolls up into one item of
// the invoice, called by the master item, which lists what each line costs as its parts. Without a master item, or with
// `N/A`, a line stands alone: it has an item of its own in each period.
//
// 11. Items are in the order of their full periods, then of cycles from monthly to annual, roll-ups by their master item
// before lines that stand alone by their numbers; parts are in the order of line numbers and of their days. The order in
// which lines are looked at means nothing.
//
// 12. An item costs what its parts cost, an invoice what its items cost, to the cent.
//
// 13. A credit granted to a line is due at once, whatever the as-of date. It stands on the invoice of its bill-to and
// currency as an item of its own, after all charges, its amount negative; credits are in the order of line numbers. Where
// nothing is charged, credits are an invoice by themselves, so that a customer who has left gets them too. An invoice
// whose total is below zero has nothing to be paid: so much is owed to the customer.
//
// 14. Where one line of a bill-to cannot be billed, nothing of its bill-to and currency is, credits included: no incomplete
// invoice goes out. The problem names the line, and the next run tries again.
//
// 15. An invoice bills at most 1,200 periods of a line at once, a hundred years of months, and no more than 18 digits of minor
// units. What is more is taken for a slip of the start or the amount: it is a problem of its bill-to (rule 14), which tells
// the date up to which the line can be billed first where it is none.
//
//	line  bill-to  item      master item  cycle  from        monthly
//	1     7        RMR-MON   RMR-BASE     M      2026-01-01  29.95
//	2     7        RMR-CELL  RMR-BASE     M      2026-01-01  10.00
//	3     7        RMR-INSP  N/A          M      2026-01-01  5.05
//	4     7        RMR-FIRE  RMR-BASE     Q      2026-01-01  20.00
//	5     8        RMR-MON                M      2026-01-16  31.00
//
//	credit of line  bill-to  item      from        to          amount
//	6               7        RMR-CELL  2026-01-16  2026-02-01  5.16
//	7               9        RMR-MON   2026-01-11  2026-02-01  21.00
//	8               9        RMR-FIRE  2026-01-31  2026-04-01  40.00
//
// of these lines and credits, billed as of 2026-02-01, with a bill day of 1, come these items:
//
//	bill-to  item      period      amount  parts
//	7        RMR-BASE  2026-01-01  39.95   line 1 29.95, line 2 10.00
//	7        RMR-INSP  2026-01-01  5.05    line 3 5.05
//	7        RMR-BASE  2026-01-01  60.00   line 4 60.00
//	7        RMR-BASE  2026-02-01  39.95   line 1 29.95, line 2 10.00
//	7        RMR-INSP  2026-02-01  5.05    line 3 5.05
//	7        RMR-CELL  2026-01-16  -5.16   line 6 -5.16
//	8        RMR-MON   2026-01-01  16.00   line 5 16.00
//	8        RMR-MON   2026-02-01  31.00   line 5 31.00
//	9        RMR-MON   2026-01-11  -21.00  line 7 -21.00
//	9        RMR-FIRE  2026-01-31  -40.00  line 8 -40.00
//
// on these invoices, of which the last has credits alone:
//
//	bill-to  total
//	7        144.84
//	8        47.00
//	9        -61.00
//
// # Rules of days that are given back
//
// 16. A credit gives billed days back for what they were charged, whatever the line costs by now, and in whatever cycle: a
// whole charge for its amount, some days of it for what rule 7 makes of them, the charge being the period and its amount
// that of the cycle. So no credit exceeds what was charged for its days, and what it gives back of a charge and what it
// leaves sum to the charge.
//
//	charged from  to          amount  given back from  to          of it
//	2026-01-01    2026-02-01  31.00   2026-01-01       2026-03-01  31.00
//	2026-01-01    2026-02-01  31.00   2026-01-11       2026-03-01  21.00
//	2026-01-01    2026-02-01  31.00   2026-02-01       2026-03-01  0.00
//	2026-01-01    2026-01-04  0.10    2026-01-01       2026-01-02  0.03
//	2026-01-01    2026-01-04  0.10    2026-01-02       2026-01-03  0.04
//	2026-01-01    2026-01-04  0.10    2026-01-03       2026-01-04  0.03
//	2026-01-01    2026-01-03  0.01    2026-01-02       2026-02-01  0.00
//
// 17. A credit of another amount was granted elsewhere or before rule 16 was, or is for days that were charged elsewhere
// too. Where it is less than rule 16 says of all charges of its days, it gives back of each its proportion of what the
// rule says, rounded so that these sum to the credit. Where it is more, it gives back what the rule says; and if all of
// its days were charged, it goes on with the rest of their charges in their order, as far as it goes.
//
// The tests execute these tables.
package billing

import (
	"fmt"
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
	minor := int64(cycle.Coef())
	if minor < 0 {
		return decimal.Decimal{}, fmt.Errorf("%s has too many digits for an amount", cycle)
	}
	cost, err := p.Minor(minor)
	if err != nil {
		return decimal.Decimal{}, err
	}
	amount, err := decimal.New(cost, cycle.Scale())
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("cost of %s: %w", p.Span, err)
	}
	return amount.CopySign(cycle), nil
}

// Minor is what the part costs where a whole period costs cycle, both in minor units.
func (p Part) Minor(cycle int64) (int64, error) {
	of := p.Period.Days()
	upToStart, upToEnd := p.first.DaysUntil(p.Start), p.first.DaysUntil(p.End)
	if upToStart < 0 || upToEnd < upToStart || of < upToEnd {
		return 0, fmt.Errorf("%s is no part of %s", p.Span, p.Period)
	}
	return share(cycle, upToEnd, of) - share(cycle, upToStart, of), nil
}

// share is amount times days over of, rounded half away from zero. days is at most of, so the result is at most amount.
func share(amount int64, days, of int) int64 {
	if amount < 0 {
		return -share(-amount, days, of)
	}
	// floor((2 * amount * days + of) / (2 * of)) in 128 bits.
	high, low := bits.Mul64(uint64(amount), 2*uint64(days))
	low, carry := bits.Add64(low, uint64(of), 0)
	quotient, _ := bits.Div64(high+carry, low, 2*uint64(of))
	return int64(quotient)
}
