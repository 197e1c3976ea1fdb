// Package receivables tells what customers owe: what their invoices come to, less what credit notes credit of them. Nobody
// owes a draft or a void invoice.
package receivables
