package invoice

import (
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// FormerBillTo is what documents that were issued say of a bill-to that has changed since, or of one that was not there yet:
// without a name.
type FormerBillTo struct {
	BillTo catalogue.BillToID
	// Ordinal is its place among the bill-to's own, from 1, the oldest first.
	Ordinal int
	// Last is the last invoice, and the last credit note if there is one, that say it.
	Last        Issued
	DisplayName string
	Address     catalogue.Address
}

// FormerProfile is what documents that were issued say of a seller that has changed since.
type FormerProfile struct {
	// Ordinal is its place among the tenant's, from 1, the oldest first.
	Ordinal int
	// Last is the last invoice, and the last credit note if there is one, that say it.
	Last Issued
	// Profile is the zero Profile where none was set yet.
	Profile Profile
}
