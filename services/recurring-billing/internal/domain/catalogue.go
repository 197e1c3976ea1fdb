package domain

import (
	"github.com/continuo-billing/continuo/gen/reason"
)

import "fmt"

// ItemID is an item's number, ItemCode the word by which lines name it.
type (
	ItemID   int32
	ItemCode string
)

// Item is something that can be billed. (Sedona: AR_Item, `GET api/item`.)
type Item struct {
	ID   ItemID   `json:"id"`
	Code ItemCode `json:"code"`
	// Description is what the item is called on an invoice.
	Description string `json:"description"`
	// Taxable items are subject to sales tax.
	Taxable bool `json:"taxable"`
	// DefaultRate is the monthly rate proposed for a new line, DefaultCost what a month costs the seller; either may be
	// no amount.
	DefaultRate Amount `json:"default_rate,omitzero"`
	DefaultCost Amount `json:"default_cost,omitzero"`
	// CategoryCode groups items in reports.
	CategoryCode string `json:"category_code"`
	// NonDeferredIncome is recognised at once, not over the period it pays for.
	NonDeferredIncome bool `json:"non_deferred_income"`
	// SalesItem can be sold on a job or a quote, ServiceItem used on a service ticket.
	SalesItem   bool `json:"sales_item"`
	ServiceItem bool `json:"service_item"`
	// Inactive items are retired: no other line can take them.
	Inactive bool `json:"inactive"`
	Revision
}

func (i *Item) check() error {
	var v violations
	v.checkNewCode(FieldID, string(i.Code))
	v.checkNumber("number", int32(i.ID))
	if v.checkText("description", i.Description, maxItemDescription) && i.Description == "" {
		v.add("description", reason.Required, "must be given")
	}
	v.checkText("category_code", i.CategoryCode, maxCode)
	if !i.DefaultRate.IsZero() {
		i.DefaultRate = v.checkAmount("default_rate", i.DefaultRate)
	}
	if !i.DefaultCost.IsZero() {
		i.DefaultCost = v.checkAmount("default_cost", i.DefaultCost)
	}
	return v.err()
}

// CustomerID is the number of a customer. Customers are kept elsewhere; this service knows them by number.
type CustomerID int32

// BillToID is a bill-to's number. (Sedona: CustomerBillId.)
type BillToID int32

// BillTo is an account of a customer that invoices are addressed to.
type BillTo struct {
	ID       BillToID   `json:"id"`
	Customer CustomerID `json:"customer_id"`
	// DisplayName is to whom invoices are addressed.
	DisplayName string `json:"display_name"`
	// Address is where they go.
	Address Address `json:"address,omitzero"`
	Revision
}

// Address is what stands below the name on an invoice, and where the invoice is sent. Every part may be empty.
type Address struct {
	// Company is the company, where the name is a person's or a department's.
	Company string `json:"company"`
	// Lines are street, building, floor; the empty ones stand last.
	Lines      [addressLines]string `json:"lines"`
	City       string               `json:"city"`
	State      string               `json:"state"`
	PostalCode string               `json:"postal_code"`
	// Country is an ISO 3166-1 code of two letters, empty for the seller's own.
	Country string `json:"country_code"`
	Email   string `json:"email"`
}

// addressLines is the most lines that an address has.
const addressLines = 3

func (v *violations) checkAddress(a Address) {
	const in = "address."
	v.checkText(in+"company", a.Company, maxBillToName)
	for i, line := range a.Lines {
		v.checkText(fmt.Sprintf("%slines[%d]", in, i), line, maxAddressLine)
	}
	v.checkText(in+"city", a.City, maxPlace)
	v.checkText(in+"state", a.State, maxPlace)
	v.checkText(in+"postal_code", a.PostalCode, maxPostalCode)
	v.checkText(in+"country_code", a.Country, 2)
	v.checkText(in+"email", a.Email, maxEmail)
}

func (b *BillTo) check() error {
	var v violations
	v.checkNumber(FieldID, int32(b.ID))
	v.checkCustomer(b.Customer)
	if v.checkText("display_name", b.DisplayName, maxBillToName) && b.DisplayName == "" {
		v.add("display_name", reason.Required, "must be given")
	}
	v.checkAddress(b.Address)
	return v.err()
}

// MasterAccountID is a master account's number, MasterAccountCode the word by which lines name it.
type (
	MasterAccountID   int32
	MasterAccountCode string
)

// MasterAccount is an account that pays for lines of other customers. (Sedona: AR_Master_Account,
// `GET api/masteraccount`.)
type MasterAccount struct {
	ID          MasterAccountID   `json:"id"`
	Code        MasterAccountCode `json:"code"`
	Description string            `json:"description"`
	// Customer is the one that pays, BillTo its account that the lines are billed to.
	Customer CustomerID `json:"customer_id"`
	BillTo   BillToID   `json:"bill_to_id"`
	// Inactive accounts are retired: no other line can become receivable to them.
	Inactive bool `json:"inactive"`
	// SubAccountsBilled is Sedona's mark of an account that is billed for all invoices of its sub-accounts. It is kept, and
	// has no effect.
	SubAccountsBilled bool `json:"sub_accounts_billed"`
	Revision
}

// check leaves it to the caller to see that the bill-to is the customer's.
func (m *MasterAccount) check() violations {
	var v violations
	v.checkNewCode(FieldID, string(m.Code))
	v.checkNumber("number", int32(m.ID))
	v.checkText("description", m.Description, maxMasterDescription)
	v.checkCustomer(m.Customer)
	return v
}

func (v *violations) checkCustomer(customer CustomerID) {
	if customer <= 0 {
		v.add(FieldCustomer, reason.Required, "must be the number of a customer, 1 or more")
	}
}

func (v *violations) checkNumber(field string, number int32) {
	if number < 0 {
		v.add(field, reason.OutOfRange, "must not be negative")
	}
}
