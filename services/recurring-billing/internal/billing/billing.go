// Package billing computes when recurring lines are billed, for how much, and on which invoices. It
// uses no store and no clock: the same lines always give the same invoices, so a preview and a run
// cannot differ. Amounts are exact integers of minor units (cents); decimals are used only at the
// API.
//
// # Rules of one line
//
// 1. A line is billed for the days [start, end). It is billed for no day if it ends on its start,
// and for all days from its start if it has no end. Dates are calendar dates without a time zone.
// Every span of days is half-open: it includes its first day and excludes its last.
//
// 2. The anchor is the first day of a full period. It falls on the bill day, or on the last day of
// a month that has no such day. A line that was billed elsewhere before keeps its former anchor,
// which may lie before or after its start, so that its periods continue. The anchor of any other
// line is the first such date on or after its start. It stays when the cycle changes.
//
// 3. Boundaries are the anchor plus k times the months of the cycle, for every whole number k,
// negative ones included. Each is computed from the anchor, never from the previous boundary, with
// the bill day clamped to the month's length: Jan 31, Feb 28, Mar 31.
//
// 4. A full period lies between one boundary and the next. The part of it that lies within the
// line's days is billed. The first part runs from the start to the first boundary after it, and the
// last from a boundary to the end. All others are whole periods.
//
// 5. A part is due on its first day, or later in arrears (rule 23). As of a date, every unbilled part
// whose first day is that date or earlier is due. A line that missed three cycles is billed for
// three parts.
//
// 6. A part costs what its months cost. A full period is made of steps of one month: from its first
// day plus k months to its first day plus k+1 months, on the bill day as in rule 3. The days of a
// part in one step cost the monthly amount times these days over the days of the step. The exact
// fractions of all steps are added and rounded once, half away from zero, to the minor unit of the
// currency. So a whole step costs the monthly amount, and a whole period the cycle amount. This is
// called by month. A tenant can choose by period instead: a part costs the cycle amount times its
// days over the days of the full period, rounded in the same way. A choice counts for full periods
// that begin on or after its day, up to the day of the next choice; of two on one day the later
// counts. Monthly lines cost the same either way.
//
// 7. If a part is billed in pieces, each piece costs the amount that rule 6 gives for the part's
// days up to the end of the piece, less the amount for its days up to the start of the piece. So
// the pieces always sum to the part, and the pieces of a whole period to the cycle amount.
//
//	monthly  bill day  months  line from   billed from  to          by month  by period
//	100.00   1         3       2026-01-01  2026-03-01   2026-04-01  100.00    103.33
//	100.00   1         12      2026-01-01  2026-02-01   2027-01-01  1100.00   1098.08
//	100.00   1         3       2026-01-01  2026-01-01   2026-04-01  300.00    300.00
//	3950.00  1         3       2026-04-08  2026-04-08   2026-07-01  10928.33  10938.46
//	3950.00  1         3       2026-04-08  2026-06-01   2026-07-01  3950.00   3906.59
//	31.00    1         1       2026-01-11  2026-01-11   2026-02-01  21.00     21.00
//	100.00   31        3       2026-01-15  2026-01-15   2026-02-28  151.61    146.67
//	29.95    15        1       2026-01-01  2026-01-01   2026-01-15  13.53     13.53
//	0.01     1         3       2026-01-01  2026-01-01   2026-02-15  0.02      0.02
//	0.01     1         3       2026-01-01  2026-02-15   2026-04-01  0.01      0.01
//	-100.00  1         3       2026-01-01  2026-03-01   2026-04-01  -100.00   -103.33
//
// The anchor of these lines is in the month of January, or April, in which their quarters begin.
//
// # Worked examples
//
//	start       bill day  months  end         anchor      parts, by days of the full period
//	2026-01-31  31        1                               whole periods from Jan 31, Feb 28, Mar 31, Apr 30
//	2024-01-31  31        1                               whole periods from Jan 31, Feb 29, Mar 31
//	2026-01-31  31        6                               whole periods from Jan 31, Jul 31, Jan 31
//	2026-02-01  13        3                               12/92 of a cycle, then whole periods from Feb 13
//	2026-01-01  15        1       2026-02-27              14/31, a whole cycle from Jan 15, 12/28
//	2024-01-15  1         12                  2027-01-01  352/366, then whole periods from Jan 1 of 2025, 2026, 2027
//	2026-02-10  31        3                   2025-11-30  18/90, then whole periods from Feb 28, May 31, Aug 31
//
// 8. A line's monthly amount on a day is that of its last rate that took effect on or before the
// day. The first rate takes effect at the line's start. The cycle amount is the monthly amount times
// the months of the cycle. If a rate takes effect inside a part, the part is cut there (rule 7), and
// each piece is priced at its own rate. Billed days stay as billed: a rate that takes effect among
// them counts for the days that are not billed, now or after their periods are released. Only the
// rates tell what days cost that were billed elsewhere, so such a rate counts only for days after
// them. Of two rates of one day, the one that was given later counts. If asked for, the billed days
// whose amount a rate changes are credited (rule 18) and billed again at once, in parts that are
// priced by rule 7. So a period costs what it had cost at these rates from the beginning.
//
//	rates of a monthly line from 2026-01-01                as of       charges
//	2026-01-01 31.00                                       2026-02-01  2026-01-01 31.00, 2026-02-01 31.00
//	2026-01-01 31.00; 2026-01-11 62.00                     2026-01-31  2026-01-01 10.00, 2026-01-11 42.00
//	2026-01-01 31.00; 2026-01-11 62.00; 2026-01-21 0.00    2026-02-01  2026-01-01 10.00, 2026-01-11 20.00, 2026-01-21 0.00, 2026-02-01 0.00
//	2026-01-01 31.00; 2026-02-01 62.00                     2026-02-01  2026-01-01 31.00, 2026-02-01 62.00
//
// # Rules of invoices
//
// 9. A run makes one invoice for each bill-to and currency that has charges or credits due. A line
// receivable to a master account is due from the master account's bill-to, and any other line from
// its own.
//
// 10. The charges of lines with the same master item, cycle and full period roll up into one item
// of the invoice. The item has the description of the master item, and lists the cost of each line
// as its parts. A line without a master item, or with `N/A`, stands alone: it has an item of its
// own for each period.
//
// 11. Items are ordered by full period, then by cycle from monthly to annual, then roll-ups by
// master item before lines that stand alone by number. Parts are ordered by line number and then by
// day. The order of the input does not matter.
//
// 12. An item costs exactly the sum of its parts, and an invoice exactly the sum of its items.
//
// 13. A credit granted to a line is due at once, whatever the as-of date. It is a separate item
// with a negative amount on the invoice of its bill-to and currency, after all charges. Credits are
// ordered by line number. If nothing is charged, the invoice has only credits, so that a customer
// who has left is credited too. If the total of an invoice is negative, nothing has to be paid, and
// the amount is owed to the customer. A credit of 0.00 only records that its days are billed no
// more (rule 19), and is on no invoice.
//
// 14. If one line of a bill-to cannot be billed, nothing of that bill-to and currency is billed,
// credits included, so that no invoice is incomplete. The problem names the line, and the next run
// tries again.
//
// 15. An invoice bills at most 1,200 periods of a line, a hundred years of months, and at most 18
// digits of minor units. More than that is treated as a mistake in the start or the amount. It is a
// problem of the bill-to (rule 14), and says up to which date the line can be billed first if the
// start is correct.
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
// These lines and credits, billed as of 2026-02-01 with a bill day of 1, give these items:
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
// on these invoices, of which the last has only credits:
//
//	bill-to  total
//	7        144.84
//	8        47.00
//	9        -61.00
//
// # Rules of credits
//
// 16. A credit refunds billed days at what they were charged, whatever the line's present rate and
// cycle. A whole charge is credited in full. Some days of a charge are credited by rule 7, with the
// charge as the period and its amount as the cycle amount. Days of a charge that was priced by
// month cost what rules 6 and 7 give for them, so a whole month is credited at the monthly amount.
// So a credit never exceeds what was charged for its days, and the credited and the remaining amount
// sum to the charge.
//
//	charged from  to          amount  credited from    to          of it
//	2026-01-01    2026-02-01  31.00   2026-01-01       2026-03-01  31.00
//	2026-01-01    2026-02-01  31.00   2026-01-11       2026-03-01  21.00
//	2026-01-01    2026-02-01  31.00   2026-02-01       2026-03-01  0.00
//	2026-01-01    2026-01-04  0.10    2026-01-01       2026-01-02  0.03
//	2026-01-01    2026-01-04  0.10    2026-01-02       2026-01-03  0.04
//	2026-01-01    2026-01-04  0.10    2026-01-03       2026-01-04  0.03
//	2026-01-01    2026-01-03  0.01    2026-01-02       2026-02-01  0.00
//
//	monthly  charged by month from  to          amount    credited from  credit
//	100.00   2026-01-01             2026-04-01  300.00    2026-03-01     100.00
//	100.00   2026-01-01             2026-04-01  300.00    2026-03-16     51.61
//	3950.00  2026-04-08             2026-07-01  10928.33  2026-06-01     3950.00
//	3950.00  2026-04-08             2026-07-01  10928.33  2026-01-01     10928.33
//
// 17. A credit may have another amount if it was granted elsewhere, was granted before rule 16
// existed, or is for days that were charged elsewhere too. If it is less than the amount that rule
// 16 gives, it is spread over the charges in proportion to rule 16, rounded so that the shares sum
// to the credit. If it is more, each charge is credited as rule 16 says. If all of its days were
// charged, the excess is then spread over the rest of the charges in their order, as far as it
// goes. For discounts, whose charges and credits are negative, less and more count from zero.
//
// 18. A credit goes to the bill-tos that were charged for its days, to each exactly what it was
// charged for them (rule 16). Days that no invoice charges, because they were billed before the
// line was imported, are credited to the present bill-to of the line. Consecutive days of one
// bill-to are one credit. A line of 31.00 that is cancelled as of 2026-01-15 gives these credits:
//
//	charged to  from        to          amount  credited from  credited to  credit
//	42          2026-01-01  2026-02-01  31.00   2026-01-15     2026-02-01   17.00
//	142         2026-02-01  2026-03-01  31.00   2026-02-01     2026-03-01   31.00
//	7           2026-03-01  2026-04-01  31.00   2026-03-01     2026-04-01   31.00
//	8           2026-04-01  2026-05-01  31.00   2026-04-01     2026-05-01   31.00
//
// 19. Days that are credited because a rate was changed for them, so that they are billed again, or
// because they are paused (rule 22), are billed no more by their invoice. What it still bills of a
// charge costs what the charge was for those days (rule 16), so both parts sum to the charge, and no
// day is billed twice.
//
// # Rules of one-off charges
//
// 20. A one-off charge is due on its date. It is billed by the first run of its bill-to and currency
// that is as of its date or later, as an item of its own: after the items of lines and before the
// credits of rule 13, in the order of dates and then of numbers. It costs its amount, whatever the
// day, and is a credit if that is below zero.
//
// # Rules of pauses
//
// 21. A line is not billed for days on which it is paused. Its anchor and its boundaries stay as they
// are. A part is billed in the pieces that lie between pauses, each priced by rule 7, so together they
// cost the part less what rule 7 gives for the paused days. They are due together, on the first of
// them that is not paused. Nothing is due of a line whose pause has no end. These lines begin on
// 2026-01-01:
//
//	monthly  cycle  paused                                          as of       charges
//	31.00    1      2026-01-11..2026-01-21                          2026-01-01  2026-01-01 10.00, 2026-01-21 11.00
//	31.00    1      2026-01-01..2026-01-21                          2026-01-20
//	31.00    1      2026-01-01..2026-01-21                          2026-01-21  2026-01-21 11.00
//	31.00    1      2026-01-11..                                    2026-03-01  2026-01-01 10.00
//	31.00    1      2026-01-11..2026-03-01                          2026-03-01  2026-01-01 10.00, 2026-03-01 31.00
//	0.01     1      2026-01-11..2026-01-21                          2026-01-01  2026-01-01 0.00, 2026-01-21 0.00
//	100.00   3      2026-02-01..2026-03-01                          2026-01-01  2026-01-01 100.00, 2026-03-01 100.00
//	100.00   6      2026-01-16..2026-02-01, 2026-03-01..2026-03-02  2026-01-01  2026-01-01 48.39, 2026-02-01 100.00, 2026-03-02 396.77
//	100.00   12     2026-02-15..2026-06-01                          2026-01-01  2026-01-01 150.00, 2026-06-01 700.00
//	-100.00  12     2026-02-15..2026-06-01                          2026-01-01  2026-01-01 -150.00, 2026-06-01 -700.00
//
// 22. Days that are billed when they are paused are credited to the bill-tos that were charged for
// them, to each what it was charged (rules 16 and 18), and are billed no more (rule 19). If a pause
// ends early, those of its days that lie before the first day that is not billed yet, because they
// were passed over or credited, are due at once, in parts priced by rule 7. So however a line is
// paused and resumed, each of its days that is not paused is billed once, and no other is.
//
// # Rules of billing in arrears
//
// 23. A part of a line that is billed in arrears is due on the day after the last of its days that is
// not paused. So the last part of a line is due on its end. Everything else is as in advance (rule 5).
//
//	arrears  cycle  start       end         paused                  as of       charges
//	31.00    1      2026-01-11                                      2026-01-31
//	31.00    1      2026-01-11                                      2026-02-01  2026-01-11 21.00
//	31.00    1      2026-01-11                                      2026-03-31  2026-01-11 21.00, 2026-02-01 31.00
//	31.00    1      2026-01-11  2026-01-21                          2026-01-20
//	31.00    1      2026-01-11  2026-01-21                          2026-01-21  2026-01-11 10.00
//	31.00    1      2026-01-11              2026-01-21..            2026-01-21  2026-01-11 10.00
//	31.00    1      2026-01-11              2026-01-21..2026-01-31  2026-01-31
//	31.00    1      2026-01-11              2026-01-21..2026-01-31  2026-02-01  2026-01-11 10.00, 2026-01-31 1.00
//	100.00   3      2026-01-01                                      2026-03-31
//	100.00   3      2026-01-01                                      2026-04-01  2026-01-01 300.00
//	100.00   12     2026-03-01  2026-05-01                          2026-05-01  2026-03-01 200.00
//
// 24. Whether a line is billed in advance or in arrears can change on any day. The change counts for
// the days that are not billed yet, so no day is billed twice and none is skipped.
//
//	changed     as of       in       charges of a monthly line of 31.00 from 2026-01-01
//	            2026-01-01  advance  2026-01-01 31.00
//	to arrears  2026-02-28  arrears
//	            2026-03-01  arrears  2026-02-01 31.00
//	to advance  2026-03-02  advance  2026-03-01 31.00
//
// The tests execute these tables.
package billing

import (
	"fmt"
	"math/bits"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Span is a half-open span of days: Start is its first day and End the day after its last.
type Span struct{ Start, End date.Date }

// Days returns the number of days in the span.
func (s Span) Days() int { return s.Start.DaysUntil(s.End) }

// String formats the span as `[2026-01-31, 2026-02-28)`.
func (s Span) String() string { return fmt.Sprintf("[%s, %s)", s.Start, s.End) }

// Part is the billed part of a full period.
type Part struct {
	// Span holds the billed days.
	Span
	// Period is the full period that contains them.
	Period Span
	// first is the line's first day in the period, from which rule 7 measures.
	first date.Date
}

// Whole reports whether the part is the whole of its period.
func (p Part) Whole() bool { return p.Span == p.Period }

// share returns amount * days / of, rounded half away from zero. The result must fit 63 bits.
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
