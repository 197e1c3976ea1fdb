// Package invoice holds invoices, the credit notes that correct them, and the documents printed
// from both.
//
//   - A finalized invoice never changes. It is voided, or credited by credit notes, never by more
//     than it billed. Its periods stay billed unless a void releases them; then a run bills each of
//     them once more.
//   - An invoice with a negative total is owed to the customer: nothing has to be paid, and it
//     cannot be credited.
//   - A draft holds its days and credits as a finalized invoice does, but has no number. It is
//     finalized, or discarded as if it had never existed.
//   - The numbers of invoices, and those of credit notes, count up from 1 in a tenant without gaps.
//   - A printed document shows the seller and the account as they were when it was issued, even if
//     they change later.
package invoice
