package billing

import (
	"github.com/continuo-billing/continuo/services/platform/date"
)

// Grant is an amount granted to a line for days that were billed.
type Grant struct {
	// Line is the line's number, Span the days that the credit is for.
	Line int32
	Span Span
	// BillTo and Currency say on whose invoice it stands.
	BillTo   int32
	Currency string
	// Amount is positive, in minor units.
	Amount int64
	// Item is the code of the line's item, Description what the credit is called on the invoice.
	Item, Description string
}

// InvoiceItem is one item of an invoice.
type InvoiceItem struct {
	// Credit items give money back.
	Credit bool
	// RollUp items stand for the lines of a master item.
	RollUp bool
	// Code is that of the master item, or of the item of the only line.
	Code string
	// Description is what the item is called, Memo the note of the only line.
	Description, Memo string
	// Months is the length of the cycle, 0 for a credit.
	Months int
	// Period is the full period, of a credit the days that it is for.
	Period Span
	// Amount is the sum of the parts, in minor units.
	Amount int64
	// Parts are what each line costs.
	Parts []Charge
}

// most is the largest amount that an invoice and each of its items can have, in minor units: 18 digits.
const most = 1e18 - 1

// Statement is what a bill-to has to pay in a currency, or gets back.
type Statement struct {
	// BillTo is the account's number.
	BillTo   int32
	Currency string
	Items    []InvoiceItem
	// Total is the sum of the items, in minor units; below zero it is owed to the customer.
	Total int64
	// Lines are the lines billed, each with what becomes of it; none where it has credits alone.
	Lines []Advance
}

// Advance is how far an invoice bills a line.
type Advance struct {
	// Line is the line's number, Version the one that was billed.
	Line    int32
	Version int64
	// Parts are the parts of periods that are billed, in order.
	Parts []Span
}

// Last is the first day of the part that is billed last.
func (a *Advance) Last() date.Date { return a.Parts[len(a.Parts)-1].Start }

// Next is the first day that is not billed yet.
func (a *Advance) Next() date.Date { return a.Parts[len(a.Parts)-1].End }

// Failure is why a bill-to has no invoice.
type Failure struct {
	// BillTo is the account's number.
	BillTo   int32
	Currency string
	// Err tells a person what to put right.
	Err error
}
