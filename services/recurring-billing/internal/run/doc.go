// Package run bills what is due, in cycle runs.
//
//   - A run bills what is due as of a date, by the rules of package billing: one invoice for each
//     bill-to and currency, and each part of a period of a line exactly once, whatever runs
//     concurrently, is cancelled or crashes.
//   - A run is split into batches of bill-tos. A Worker of any replica processes each batch in one
//     transaction. A batch that fails is retried. One that is given up is a problem of the run;
//     what it did not bill is due in a later run.
//   - A preview runs the same code and writes nothing.
//   - A run can leave its invoices as drafts. They are finalized or discarded together, by a job of
//     the run, or one by one.
//   - A job can void the invoices of a run. It reports each invoice that cannot be voided as a problem.
//   - A tenant's billing schedule starts one run each month, on its day in the tenant's time zone.
package run
