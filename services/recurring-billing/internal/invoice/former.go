package invoice

import (
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// FormerBillTo is a bill-to as documents issued earlier show it, after it changed. It has no name
// if the bill-to did not exist then.
type FormerBillTo struct {
	BillTo catalogue.BillToID
	// Ordinal is its place among those of the bill-to, counted from 1, the oldest first.
	Ordinal int
	// Last is the last invoice and the last credit note that show it.
	Last        Issued
	DisplayName string
	Address     catalogue.Address
}

// FormerProfile is the billing profile as documents issued earlier show it, after it changed.
type FormerProfile struct {
	// Ordinal is its place among those of the tenant, counted from 1, the oldest first.
	Ordinal int
	// Last is the last invoice and the last credit note that show it.
	Last Issued
	// Profile is zero if none was set then.
	Profile Profile
}
