package billing

import (
	"cmp"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// OneOff is a one-off charge, or a one-off credit if its amount is negative (rule 20).
type OneOff struct {
	// Number is the number of the charge, and Version its version when it was read.
	Number  int32
	Version int64
	// BillTo and Currency identify the invoice that bills it.
	BillTo   int32
	Currency string
	// Date is the first as-of date that bills it.
	Date date.Date
	// Amount is in minor units.
	Amount int64
	// Item is the code of the item, Description the text on the invoice and Memo a note below it.
	Item, Description, Memo string
	// Err tells why the charge cannot be billed, if that is already known.
	Err error
}

func compareOneOffs(a, b OneOff) int {
	return cmp.Or(debtor{a.BillTo, a.Currency}.compare(debtor{b.BillTo, b.Currency}), a.Date.Compare(b.Date), cmp.Compare(a.Number, b.Number))
}

// item returns the item of an invoice that bills the charge. It has no parts.
func (o *OneOff) item() InvoiceItem {
	return InvoiceItem{
		OneOff: o.Number, Code: o.Item, Description: o.Description, Memo: o.Memo, Amount: o.Amount,
		Period: Span{Start: o.Date, End: o.Date.AddDays(1)},
	}
}
