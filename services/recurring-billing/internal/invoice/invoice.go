package invoice

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// ID names an invoice: run, bill-to and currency. No run makes two invoices of a bill-to in a currency.
type ID string

// IDOf is `12-1001-USD`.
func IDOf(run RunID, billTo catalogue.BillToID, currency money.Currency) ID {
	return ID(fmt.Sprintf("%d-%d-%s", run, billTo, currency))
}

// State is what an invoice is worth.
type State string

// The states of an invoice.
const (
	// Draft is proposed only, by a preview or by a run that leaves drafts, and has no number. It holds what it bills like
	// a finalized invoice.
	Draft State = "DRAFT"
	// Finalized stands under its number and never changes.
	Finalized State = "FINALIZED"
	// Void was voided; it keeps its number.
	Void State = "VOID"
)

// Invoice is what a bill-to has to pay in one currency, or gets back, for what one run found due.
type Invoice struct {
	ID ID `json:"id"`
	// Number counts up from 1 in a tenant, without gaps; 0 for a draft.
	Number int64 `json:"number"`
	State  State `json:"state"`
	// Run is the run that made the invoice, 0 in a preview.
	Run      RunID                `json:"run_id"`
	BillTo   catalogue.BillToID   `json:"bill_to_id"`
	Customer catalogue.CustomerID `json:"customer_id"`
	// IssueDate is the run's as-of date.
	IssueDate date.Date      `json:"issue_date"`
	Currency  money.Currency `json:"currency"`
	// Total is the sum of the items, in minor units. Below zero, nothing has to be paid: so much is owed to the customer.
	Total int64 `json:"total"`
	// Credited is what credit notes credit of it, in minor units.
	Credited int64 `json:"credited,omitempty"`
	// Voiding is why and when it was voided, of a void invoice.
	Voiding Voiding `json:"voiding,omitzero"`
	// Items are what it is for; lists and the change feed go without them.
	Items []billing.InvoiceItem `json:"-"`
	// Lines are the lines billed and how far, known only while the invoice is made.
	Lines []billing.Advance `json:"-"`
	mutation.Revision
}

// Fields of the native API's list of invoices, for conditions and orders.
const (
	FieldNumber   = "number"
	FieldState    = "state"
	FieldRun      = "cycle_run"
	FieldBillTo   = "bill_to"
	FieldCustomer = "customer_id"
	FieldCurrency = "total.currency_code"
)

// Amount is an amount of the invoice's currency.
func (i *Invoice) Amount(minor int64) (money.Amount, error) { return i.Currency.OfMinor(minor) }

// RunID is a cycle run's number.
type RunID int32

// text is an amount as a person reads it.
func (i *Invoice) text(minor int64) string {
	amount, err := i.Amount(minor)
	if err != nil {
		return fmt.Sprintf("%d minor units", minor)
	}
	return amount.Value.String() + " " + string(amount.Currency)
}
