package invoice

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// CreditNoteID is the number of a credit note. The numbers of a tenant count up from 1 without
// gaps.
type CreditNoteID int32

// CreditNote credits all or part of a finalized invoice. It never changes.
type CreditNote struct {
	ID      CreditNoteID `json:"number"`
	Invoice ID           `json:"invoice"`
	// InvoiceNumber, BillTo, Customer and Currency are those of the invoice.
	InvoiceNumber int64                `json:"invoice_number"`
	BillTo        catalogue.BillToID   `json:"bill_to_id"`
	Customer      catalogue.CustomerID `json:"customer_id"`
	Currency      money.Currency       `json:"currency"`
	IssueDate     date.Date            `json:"issue_date"`
	// Total is the credited amount in minor units, greater than 0.
	Total  int64  `json:"total"`
	Reason string `json:"reason"`
	// Items holds the credited amount of each item. It is empty if the total is not split by item.
	Items []CreditNoteItem `json:"items,omitempty"`
	mutation.Revision
}

// CreditNoteItem is the credited amount of one item of the invoice.
type CreditNoteItem struct {
	// Position is the item's place on the invoice, counted from 1.
	Position    int    `json:"invoice_item"`
	Description string `json:"description"`
	// Amount is in minor units, greater than 0.
	Amount int64 `json:"amount"`
}

// CreditNote returns the credit note with the given number.
func (s *Service) CreditNote(ctx context.Context, id CreditNoteID) (CreditNote, error) {
	return mutation.Get(ctx, s.Service, "credit note", Reader.CreditNote, id)
}

// CreditNotes returns the credit notes that match a query.
func (s *Service) CreditNotes(ctx context.Context, query listing.Query) ([]CreditNote, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]CreditNote, error) { return r.CreditNotes(ctx, query) })
}
