// Package invoice holds invoices, the credit notes that correct them, and the documents that both are printed as.
//
//   - An invoice that stands under its number is never changed: it is voided, or credited by credit notes, never by more
//     than it billed. Its periods stay billed, unless a void releases them; then a run bills each of them once more.
//   - An invoice whose total is below zero is owed to the customer: nothing has to be paid, and nothing of it can be credited.
//   - A draft holds its days and the credits on it as a finalized invoice does, has no number, and is finalized, or discarded
//     as if it had never been.
//   - Numbers of invoices, and those of credit notes, count up from 1 in a tenant, without gaps.
//   - A printed invoice or credit note says of seller and account what held when it was issued, whatever they become.
package invoice
