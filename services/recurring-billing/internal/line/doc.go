// Package line holds recurring lines: what a customer is charged every cycle, at which rates, and
// until when.
//
//   - A line bills one item every month, quarter, half-year or year. Its cycle amount is its
//     monthly amount times the months of the cycle.
//   - A line has a rate from its start on, and may have others from later dates. Billed days stay
//     billed at their rate: a new rate keeps its date and counts for days that are not billed, also
//     for those that are released later. Until a day is billed at it, it can be replaced or
//     withdrawn. The monthly amount shown is the rate on the next cycle date, so it does not depend
//     on the clock.
//   - A paused line is not billed for the days of its pauses, and its periods stay as they are. Billed
//     days that are paused are credited to who paid for them. If it is resumed early, the days before
//     the next cycle date are billed by the next run.
//   - The periods of a line are due on their first day, or, in arrears, on the day after their last.
//     That can change at any time: it counts for the days that are not billed, of which the next
//     cycle date is the first, so no day is billed twice or never.
//   - A line with a negative rate is a discount: it reduces the invoice of its bill-to.
//   - A cancelled line ends on a date. Billed days after it are credited only if the caller asks
//     for that, at what they cost. The cancellation can be withdrawn until an invoice carries the
//     credit. The next run puts the credit on an invoice of its account, even if the account is
//     charged nothing.
//   - Days on a draft, and days on an invoice that was voided or otherwise credited, are not credited.
//   - A line is billed to a bill-to of its own customer, or, if receivable to a master account, to
//     the master's.
package line
