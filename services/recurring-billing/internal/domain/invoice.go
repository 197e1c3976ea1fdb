package domain

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// InvoiceID names an invoice: run, bill-to and currency. No run makes two invoices of a bill-to in a currency.
type InvoiceID string

// invoiceID is `12-1001-USD`.
func invoiceID(run RunID, billTo BillToID, currency Currency) InvoiceID {
	return InvoiceID(fmt.Sprintf("%d-%d-%s", run, billTo, currency))
}

// InvoiceState is what an invoice is worth.
type InvoiceState string

// The states of an invoice.
const (
	// InvoiceDraft is proposed only, by a preview or by a run that leaves drafts, and has no number. It holds what it bills like
	// a finalized invoice.
	InvoiceDraft InvoiceState = "DRAFT"
	// InvoiceFinalized stands under its number and never changes.
	InvoiceFinalized InvoiceState = "FINALIZED"
	// InvoiceVoid was taken back; it keeps its number.
	InvoiceVoid InvoiceState = "VOID"
)

// Invoice is what a bill-to has to pay in one currency, or gets back, for what one run found due.
type Invoice struct {
	ID InvoiceID `json:"id"`
	// Number counts up from 1 in a tenant, without gaps; 0 for a draft.
	Number int64        `json:"number"`
	State  InvoiceState `json:"state"`
	// Run is the run that made the invoice, 0 in a preview.
	Run      RunID      `json:"run_id"`
	BillTo   BillToID   `json:"bill_to_id"`
	Customer CustomerID `json:"customer_id"`
	// IssueDate is the run's as-of date.
	IssueDate date.Date `json:"issue_date"`
	Currency  Currency  `json:"currency"`
	// Total is the sum of the items, in minor units. Below zero, nothing has to be paid: so much is owed to the customer.
	Total int64 `json:"total"`
	// Credited is what credit notes give back of it, in minor units.
	Credited int64 `json:"credited,omitempty"`
	// Voiding is why and when it was taken back, of a void invoice.
	Voiding Voiding `json:"voiding,omitzero"`
	// Items are what it is for; lists and the change feed go without them.
	Items []billing.Item `json:"-"`
	// Lines are the lines billed and how far, known only while the invoice is made.
	Lines []billing.Advance `json:"-"`
	Revision
}

// InvoicePlace is where an invoice stands in a list; the zero place is before all.
type InvoicePlace struct {
	// Number is that of an invoice that has one.
	Number int64
	// Draft is the place of a draft among drafts.
	Draft DraftPlace
}

// DraftPlace is where a draft stands in a list.
type DraftPlace struct {
	Run      RunID    `json:"run"`
	BillTo   BillToID `json:"bill_to"`
	Currency Currency `json:"currency"`
}

// Place is where the invoice stands in a list.
func (i *Invoice) Place() InvoicePlace {
	if i.State == InvoiceDraft {
		return InvoicePlace{Draft: DraftPlace{Run: i.Run, BillTo: i.BillTo, Currency: i.Currency}}
	}
	return InvoicePlace{Number: i.Number}
}

// InvoiceFilter chooses invoices: those that fit every field that is set. Drafts fit only where State asks for them.
type InvoiceFilter struct {
	BillTo   BillToID
	Customer CustomerID
	Run      RunID
	State    InvoiceState
	Number   int64
	// From is the first issue date wanted, Before the first one after it that is not.
	From, Before date.Date
}

// Amount is an amount of the invoice's currency.
func (i *Invoice) Amount(minor int64) (Amount, error) { return i.Currency.OfMinor(minor) }
