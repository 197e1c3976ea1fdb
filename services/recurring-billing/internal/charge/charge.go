package charge

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// ID is the number of a charge.
type ID int32

// Charge is a one-off charge to a bill-to, or a credit if its amount is negative.
type Charge struct {
	ID     ID                 `json:"id"`
	BillTo catalogue.BillToID `json:"bill_to_id"`
	Item   catalogue.ItemCode `json:"item_code"`
	// Description is the charge's text on the invoice, and Memo a note below it.
	Description string `json:"description"`
	Memo        string `json:"memo"`
	// Date is the first as-of date of a run that bills the charge.
	Date date.Date `json:"charge_date"`
	// Amount is not zero.
	Amount money.Amount `json:"amount"`
	// Invoice is the id of the invoice that bills the charge, or empty if none does yet.
	Invoice string `json:"invoice,omitempty"`
	mutation.Revision
}

// Fields of charges in violations.
const (
	FieldItem   = "item"
	FieldDate   = "charge_date"
	FieldAmount = "amount"
)

// Bounds of texts, in UTF-16 units. They are those of recurring lines.
const (
	maxDescription = 50
	maxMemo        = 2000
)

// check adds the rules that the charge breaks to v, and pads its amount. It does not check what the
// charge refers to.
func (c *Charge) check(v *fault.Violations) {
	v.NotNegative(catalogue.FieldID, int32(c.ID))
	v.Text("description", c.Description, maxDescription)
	v.Text("memo", c.Memo, maxMemo)
	if c.Date.IsZero() {
		v.Add(FieldDate, reason.Required, "must be given")
	}
	if c.Amount.IsZero() {
		v.Add(FieldAmount, reason.Required, "must be given")
		return
	}
	size := money.Amount{Value: c.Amount.Value.Abs(), Currency: c.Amount.Currency}
	switch {
	case !money.CheckAmount(v, FieldAmount, &size):
	case size.Value.IsZero():
		v.Add(FieldAmount, reason.OutOfRange, "must not be zero: above zero charges, below zero credits")
	case c.Amount.Value.IsNeg():
		c.Amount.Value = size.Value.Neg()
	default:
		c.Amount.Value = size.Value
	}
}

// checkOpen returns a fault if an invoice bills the charge.
func (c *Charge) checkOpen() error {
	if c.Invoice == "" {
		return nil
	}
	return fault.New(fault.FailedPrecondition, reason.ChargeBilled,
		"invoice %s bills charge %d: discard it if it is a draft, or void it and release what it bills, or credit it by another charge", c.Invoice, c.ID)
}
