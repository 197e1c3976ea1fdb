package catalogue

import (
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// MasterAccountID is the number of a master account. MasterAccountCode is the code that lines refer
// to it by.
type (
	MasterAccountID   int32
	MasterAccountCode string
)

// Key returns the code in the form in which codes are compared. Two codes with the same key are the
// same code in another spelling.
func (c MasterAccountCode) Key() string { return key(string(c)) }

// MasterAccount is an account that pays for lines of other customers. (Sedona: AR_Master_Account,
// `GET api/masteraccount`.)
type MasterAccount struct {
	ID          MasterAccountID   `json:"id"`
	Code        MasterAccountCode `json:"code"`
	Description string            `json:"description"`
	// Customer is the customer that pays, and BillTo the customer's account that the lines are
	// billed to.
	Customer CustomerID `json:"customer_id"`
	BillTo   BillToID   `json:"bill_to_id"`
	// Inactive tells that the account is retired: no other line can become receivable to it.
	Inactive bool `json:"inactive"`
	// SubAccountsBilled is Sedona's flag for an account that is billed for all invoices of its
	// sub-accounts. It is stored but has no effect.
	SubAccountsBilled bool `json:"sub_accounts_billed"`
	mutation.Revision
}

// Check adds the rules that the account breaks to v. It does not check that the bill-to is the
// customer's.
func (m *MasterAccount) Check(v *fault.Violations) {
	checkNewCode(v, FieldID, string(m.Code))
	v.NotNegative("number", int32(m.ID))
	v.Text("description", m.Description, maxMasterDescription)
	CheckCustomer(v, m.Customer)
}
