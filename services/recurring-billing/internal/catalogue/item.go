package catalogue

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// ItemID is the number of an item. ItemCode is the code that lines refer to it by.
type (
	ItemID   int32
	ItemCode string
)

// Key returns the code in the form in which codes are compared. Two codes with the same key are the
// same code in another spelling.
func (c ItemCode) Key() string { return key(string(c)) }

// Item is something that can be billed. (Sedona: AR_Item, `GET api/item`.)
type Item struct {
	ID   ItemID   `json:"id"`
	Code ItemCode `json:"code"`
	// Description is the item's text on an invoice.
	Description string `json:"description"`
	// Taxable tells whether the item is subject to sales tax.
	Taxable bool `json:"taxable"`
	// DefaultRate is the monthly rate proposed for a new line. DefaultCost is the monthly cost to
	// the seller. Both are optional.
	DefaultRate money.Amount `json:"default_rate,omitzero"`
	DefaultCost money.Amount `json:"default_cost,omitzero"`
	// CategoryCode groups items in reports.
	CategoryCode string `json:"category_code"`
	// NonDeferredIncome tells that income is recognised at once, not over the period that it pays
	// for.
	NonDeferredIncome bool `json:"non_deferred_income"`
	// SalesItem tells that the item can be sold on a job or a quote, ServiceItem that it can be
	// used on a service ticket.
	SalesItem   bool `json:"sales_item"`
	ServiceItem bool `json:"service_item"`
	// Inactive tells that the item is retired: no other line can take it.
	Inactive bool `json:"inactive"`
	mutation.Revision
}

// Check returns a fault that lists the rules the item breaks. It pads amounts to the decimal places
// of their currencies.
func (i *Item) Check() error {
	var v fault.Violations
	checkNewCode(&v, FieldID, string(i.Code))
	v.NotNegative("number", int32(i.ID))
	if v.Text("description", i.Description, maxItemDescription) && i.Description == "" {
		v.Add("description", reason.Required, "must be given")
	}
	v.Text("category_code", i.CategoryCode, MaxCode)
	if !i.DefaultRate.IsZero() {
		money.CheckAmount(&v, "default_rate", &i.DefaultRate)
	}
	if !i.DefaultCost.IsZero() {
		money.CheckAmount(&v, "default_cost", &i.DefaultCost)
	}
	return v.Err()
}
