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
	// Details is what is known besides, which no invoice prints.
	Details BillToDetails `json:"details,omitzero"`
	// Inactive tells that the bill-to is retired: no other line or master account can take it.
	Inactive bool `json:"inactive,omitempty"`
	mutation.Revision
}

// Check completes a bill-to, and returns a fault that lists the rules it breaks.
func (b *BillTo) Check() error {
	var v fault.Violations
	v.NotNegative(FieldID, int32(b.ID))
	CheckCustomer(&v, b.Customer)
	if v.Text("display_name", b.DisplayName, MaxName) && b.DisplayName == "" {
		v.Add("display_name", reason.Required, "must be given")
	}
	CheckAddress(&v, b.Address)
	b.Details.Branch = OtherCode(b.Details.Branch, NoCode)
	b.Details.check(&v)
	return v.Err()
}

// BillToDetails is what Sedona keeps of a bill-to beside the address. Every part may be empty.
type BillToDetails struct {
	Phone      string `json:"phone,omitempty"`
	OtherPhone string `json:"other_phone,omitempty"`
	Fax        string `json:"fax,omitempty"`
	County     string `json:"county,omitempty"`
	// Branch is a code of another system.
	Branch string `json:"branch_code,omitempty"`
	// Commercial tells whether the account is a company's, and EmailInvoices whether invoices go by
	// e-mail, if that was said.
	Commercial    Answer `json:"commercial,omitempty"`
	EmailInvoices Answer `json:"email_invoices,omitempty"`
}

// Answer is yes, no, or empty if neither was said.
type Answer string

// The answers.
const (
	Yes Answer = "YES"
	No  Answer = "NO"
)

// AnswerOf returns the answer for a value, which may be nil.
func AnswerOf(value *bool) Answer {
	switch {
	case value == nil:
		return ""
	case *value:
		return Yes
	}
	return No
}

// Value is the inverse of AnswerOf.
func (a Answer) Value() *bool {
	if a == "" {
		return nil
	}
	return new(a == Yes)
}

func (d *BillToDetails) check(v *fault.Violations) {
	const in = "details."
	CheckWord(v, in+"phone", d.Phone, maxPhone)
	CheckWord(v, in+"other_phone", d.OtherPhone, maxPhone)
	CheckWord(v, in+"fax", d.Fax, maxPhone)
	CheckWord(v, in+"county", d.County, MaxName)
	CheckWord(v, in+"branch_code", d.Branch, MaxCode)
}
