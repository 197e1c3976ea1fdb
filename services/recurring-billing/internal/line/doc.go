// Package line holds recurring lines: what is charged to a customer every cycle, at which rates, until when, and how that may
// change.
//
//   - A line bills one item, every month, quarter, half-year or year; its cycle amount is its monthly amount times the
//     months of the cycle.
//   - A line has a rate from its start on, and may have others from later dates. What is billed stays billed at its rate: a
//     rate counts from the next cycle date at the earliest, and until it does it can be replaced or withdrawn. The monthly
//     amount shown is the rate of the next cycle date, so it depends on no clock.
//   - A cancelled line ends on a date. Days after it that are billed already are credited only where that is asked for, at
//     what they cost. Until an invoice carries the credit the cancellation can be withdrawn, as if it had never been. The
//     next run puts the credit on an invoice, on one of its own where its account is charged nothing.
//   - Days on a draft, and days of an invoice that was voided or credited otherwise, are not credited.
//   - A line is billed to a bill-to of its own customer, or, receivable to a master account, to the master's.
package line
