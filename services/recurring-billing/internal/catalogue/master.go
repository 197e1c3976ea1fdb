package catalogue

import (
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

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
	mutation.Revision
}

// Check leaves it to the caller to see that the bill-to is the customer's.
func (m *MasterAccount) Check(v *fault.Violations) {
	checkNewCode(v, FieldID, string(m.Code))
	v.NotNegative("number", int32(m.ID))
	v.Text("description", m.Description, maxMasterDescription)
	CheckCustomer(v, m.Customer)
}
