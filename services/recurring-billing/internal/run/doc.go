// Package run bills what is due, in cycle runs.
//
//   - A run bills what is due as of a date, by the rules of package billing: one invoice for each bill-to and currency, each
//     part of a period of a line once, whatever runs at the same time, is cancelled or dies.
//   - It is split into batches of bill-tos, each done at once or not at all by a Worker of any replica. A batch that fails is
//     tried again; one that is given up is a problem of the run, and bills what is due in a later one.
//   - A preview runs the same code and writes nothing.
//   - A run can leave its invoices as drafts, which are finalized or discarded together, by a job of the run, or one by one.
//   - A run that made invoices can be voided, by a job too: each of them is, unless something stands against it, which is told.
//   - A tenant's billing schedule starts a run on its day of every month, by the tenant's time zone, once.
package run
