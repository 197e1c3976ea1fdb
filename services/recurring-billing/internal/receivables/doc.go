// Package receivables sums what customers owe: the totals of finalized invoices, less their credit
// notes. Drafts and void invoices are not owed.
package receivables
