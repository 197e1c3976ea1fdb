package invoice

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// CreditNoteID is a credit note's number: those of a tenant count up from 1, without gaps.
type CreditNoteID int32

// CreditNote credits what a finalized invoice billed, in whole or in part. It never changes.
type CreditNote struct {
	ID      CreditNoteID `json:"number"`
	Invoice ID           `json:"invoice"`
	// InvoiceNumber, BillTo, Customer and Currency are the invoice's.
	InvoiceNumber int64                `json:"invoice_number"`
	BillTo        catalogue.BillToID   `json:"bill_to_id"`
	Customer      catalogue.CustomerID `json:"customer_id"`
	Currency      money.Currency       `json:"currency"`
	IssueDate     date.Date            `json:"issue_date"`
	// Total is what it credits, above zero, in minor units.
	Total  int64  `json:"total"`
	Reason string `json:"reason"`
	// Items are what it credits of items of the invoice; none where the total is not told apart.
	Items []CreditNoteItem `json:"items,omitempty"`
	mutation.Revision
}

// CreditNoteItem is what a credit note credits of one item of the invoice.
type CreditNoteItem struct {
	// Position is the item's place on the invoice, from 1.
	Position    int    `json:"invoice_item"`
	Description string `json:"description"`
	// Amount is above zero, in minor units.
	Amount int64 `json:"amount"`
}

// CreditNote is the credit note of a number.
func (s *Service) CreditNote(ctx context.Context, id CreditNoteID) (CreditNote, error) {
	note, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (CreditNote, error) { return r.CreditNote(ctx, id) })
	return note, mutation.Explain(err, "credit note", id)
}

// CreditNotes is the credit notes that a query asks for.
func (s *Service) CreditNotes(ctx context.Context, query listing.Query) ([]CreditNote, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]CreditNote, error) { return r.CreditNotes(ctx, query) })
}
