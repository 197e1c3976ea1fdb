package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

var creditNoteKind = kind{"credit_note", "creditNotes"}

// creditNoteRow converts a credit note to a row of its table.
func creditNoteRow(tenant auth.Tenant, n *invoice.CreditNote) (rows.CreditNote, error) {
	items, err := documentOf(n.Items)
	return rows.CreditNote{
		Tenant:        string(tenant),
		ID:            int64(n.ID),
		InvoiceID:     string(n.Invoice),
		InvoiceNumber: n.InvoiceNumber,
		BillToID:      int64(n.BillTo),
		CustomerID:    int64(n.Customer),
		IssueDate:     n.IssueDate.String(),
		Currency:      string(n.Currency),
		Total:         n.Total,
		Reason:        n.Reason,
		Items:         items,
		Version:       n.Version,
		Created:       n.Created.UnixMicro(),
		Updated:       n.Updated.UnixMicro(),
	}, err
}

// creditNoteOf converts a row to a credit note.
func creditNoteOf(row rows.CreditNote) (invoice.CreditNote, error) {
	var day dates
	n := invoice.CreditNote{
		ID:            invoice.CreditNoteID(row.ID),
		Invoice:       invoice.ID(row.InvoiceID),
		InvoiceNumber: row.InvoiceNumber,
		BillTo:        catalogue.BillToID(row.BillToID),
		Customer:      catalogue.CustomerID(row.CustomerID),
		IssueDate:     day.of(row.IssueDate),
		Currency:      money.Currency(row.Currency),
		Total:         row.Total,
		Reason:        row.Reason,
		Revision:      revisionOf(row.Version, row.Created, row.Updated),
	}
	if day.err != nil {
		return n, day.err
	}
	return n, readDocument(row.Items, &n.Items)
}

// CreditNote reads a credit note.
func (r *reader) CreditNote(ctx context.Context, id invoice.CreditNoteID) (invoice.CreditNote, error) {
	row, err := r.rows.GetCreditNote(ctx, rows.GetCreditNoteParams{Tenant: string(r.tenant), ID: int64(id)})
	return one("credit note", row, err, creditNoteOf)
}

// CreditNotes lists credit notes.
func (r *reader) CreditNotes(ctx context.Context, query listing.Query) ([]invoice.CreditNote, error) {
	found, err := r.list(query, creditNoteFields).ListCreditNotes(ctx, string(r.tenant))
	return many("credit notes", found, err, creditNoteOf)
}

// CreateCreditNote inserts a credit note with the next number.
func (w *writer) CreateCreditNote(ctx context.Context, n *invoice.CreditNote) error {
	if err := number(ctx, w, creditNoteKind, &n.ID); err != nil {
		return err
	}
	n.Revision = w.created()
	row, err := creditNoteRow(w.tenant, n)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateCreditNote(ctx, rows.CreateCreditNoteParams(row))
	return w.inserted(ctx, creditNoteKind, n.ID, created, err, n)
}
