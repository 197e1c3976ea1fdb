package catalogue

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// CustomerID is the number of a customer. Customers are stored in another system.
type CustomerID int32

// BillToID is the number of a bill-to. (Sedona: CustomerBillId.)
type BillToID int32

// BillTo is an account of a customer that invoices are addressed to.
type BillTo struct {
	ID       BillToID   `json:"id"`
	Customer CustomerID `json:"customer_id"`
	// DisplayName is the name that invoices are addressed to.
	DisplayName string `json:"display_name"`
	// Address is where the invoices go.
	Address Address `json:"address,omitzero"`
	// Inactive tells that the bill-to is retired: no other line or master account can take it.
	Inactive bool `json:"inactive,omitempty"`
	mutation.Revision
}

func (b *BillTo) check() error {
	var v fault.Violations
	v.NotNegative(FieldID, int32(b.ID))
	CheckCustomer(&v, b.Customer)
	if v.Text("display_name", b.DisplayName, MaxName) && b.DisplayName == "" {
		v.Add("display_name", reason.Required, "must be given")
	}
	CheckAddress(&v, b.Address)
	return v.Err()
}
