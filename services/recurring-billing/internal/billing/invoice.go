package billing

import (
	"github.com/continuo-billing/continuo/services/platform/date"
)

// Grant is a credit granted to a line for days that were billed.
type Grant struct {
	// Line is the number of the line, and Span the days credited.
	Line int32
	Span Span
	// Number tells apart the credits of a line.
	Number int32
	// BillTo and Currency identify the invoice that carries the credit.
	BillTo   int32
	Currency string
	// Amount is in minor units. It is negative if days of a discount are credited.
	Amount int64
	// Item is the code of the line's item, and Description the text of the credit on the invoice.
	Item, Description string
	CreditReason
}

// CreditReason is why days are credited.
type CreditReason struct {
	// Kind is that of the line's credit: empty for a cancellation.
	Kind string
	// Reason is the reason code of the cancellation, the rate or the pause. It is empty if it is not
	// known why the days are credited.
	Reason string
}

// InvoiceItem is one item of an invoice.
type InvoiceItem struct {
	// Credit tells whether the item is a credit, and Grant the number of the line's credit. Grant is
	// set only while the invoice is made.
	Credit bool
	Grant  int32
	// Why is the reason of a credit.
	Why CreditReason
	// OneOff is the number of the one-off charge that the item bills, or 0. Such an item has no parts.
	OneOff int32
	// RollUp tells whether the item combines the lines of a master item.
	RollUp bool
	// Code is the code of the master item, or of the item of the only line.
	Code string
	// Description is the item's text on the invoice, and Memo the note of the only line.
	Description, Memo string
	// Months is the length of the bill cycle in months, or 0 for a credit or a one-off charge.
	Months int
	// Period is the full period, the credited days of a credit, or the date of a one-off charge.
	Period Span
	// Amount is the sum of the parts, or the amount of a one-off charge, in minor units.
	Amount int64
	// Parts holds the cost of each line.
	Parts []Charge
}

// maxAmount is the largest amount of an invoice or an item, in minor units: 18 digits.
const maxAmount = 1e18 - 1

// Statement is what a bill-to owes, or is owed, in one currency.
type Statement struct {
	// BillTo is the number of the bill-to.
	BillTo   int32
	Currency string
	Items    []InvoiceItem
	// Total is the sum of the items in minor units. If it is negative, it is owed to the customer.
	Total int64
	// Lines holds the billed lines and how far each was billed. It is empty if the statement has
	// only credits and one-off charges.
	Lines []Advance
	// OneOffs holds the one-off charges on it.
	OneOffs []OneOff
}

// Advance is how far an invoice bills a line.
type Advance struct {
	// Line is the number of the line, and Version the version that was billed.
	Line    int32
	Version int64
	// Parts holds the billed parts of periods, in order. The first Again of them were billed before.
	Parts []Span
	Again int
	// Rest holds the days to bill again that are not billed, because the line ends before them.
	Rest []Span
}

// Moves reports whether the line is billed further than before.
func (a *Advance) Moves() bool { return a.Again < len(a.Parts) }

// Last returns the first day of the last billed part. The line must move.
func (a *Advance) Last() date.Date { return a.Parts[len(a.Parts)-1].Start }

// Next returns the first day that is not billed yet. The line must move.
func (a *Advance) Next() date.Date { return a.Parts[len(a.Parts)-1].End }

// Failure tells why a bill-to has no invoice.
type Failure struct {
	// BillTo is the number of the bill-to.
	BillTo   int32
	Currency string
	// Err tells a person what to correct.
	Err error
}
