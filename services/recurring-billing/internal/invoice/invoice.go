package invoice

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// ID is the id of an invoice: its run, bill-to and currency. A run makes at most one invoice for
// each bill-to and currency.
type ID string

// IDOf returns an id such as `12-1001-USD`.
func IDOf(run RunID, billTo catalogue.BillToID, currency money.Currency) ID {
	return ID(fmt.Sprintf("%d-%d-%s", run, billTo, currency))
}

// State is the state of an invoice.
type State string

// The states of an invoice.
const (
	// Draft is proposed by a preview, or by a run that leaves drafts, and has no number. It holds
	// what it bills like a finalized invoice.
	Draft State = "DRAFT"
	// Finalized has a number and never changes.
	Finalized State = "FINALIZED"
	// Void was voided; it keeps its number.
	Void State = "VOID"
)

// Invoice is what a bill-to owes, or is owed, in one currency for what one run found due.
type Invoice struct {
	ID ID `json:"id"`
	// Number counts up from 1 in a tenant without gaps; it is 0 for a draft.
	Number int64 `json:"number"`
	State  State `json:"state"`
	// Run is the run that made the invoice, or 0 in a preview.
	Run      RunID                `json:"run_id"`
	BillTo   catalogue.BillToID   `json:"bill_to_id"`
	Customer catalogue.CustomerID `json:"customer_id"`
	// IssueDate is the run's as-of date.
	IssueDate date.Date      `json:"issue_date"`
	Currency  money.Currency `json:"currency"`
	// Total is the sum of the items in minor units. If it is negative, nothing has to be paid and
	// the amount is owed to the customer.
	Total int64 `json:"total"`
	// Credited is the sum of its credit notes, in minor units.
	Credited int64 `json:"credited,omitempty"`
	// Voiding tells why and when a void invoice was voided.
	Voiding Voiding `json:"voiding,omitzero"`
	// Items holds the invoice items. Lists and the change feed omit them.
	Items []billing.InvoiceItem `json:"-"`
	// Lines holds the billed lines and how far each was billed. It is set only while the invoice is
	// made.
	Lines []billing.Advance `json:"-"`
	// OneOffs holds the one-off charges on it. It is set only while the invoice is made.
	OneOffs []billing.OneOff `json:"-"`
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

// Amount converts minor units to an amount in the invoice's currency.
func (i *Invoice) Amount(minor int64) (money.Amount, error) { return i.Currency.OfMinor(minor) }

// RunID is the number of a cycle run.
type RunID int32

// text formats an amount for a person.
func (i *Invoice) text(minor int64) string {
	amount, err := i.Amount(minor)
	if err != nil {
		return fmt.Sprintf("%d minor units", minor)
	}
	return amount.Value.String() + " " + string(amount.Currency)
}
