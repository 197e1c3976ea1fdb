package invoice

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Issued is a point in the order in which documents were issued. An invoice is numbered when it is
// finalized, and a credit note when it is created. One of the two fields is set; both are zero for
// a document that is not issued yet.
type Issued struct {
	Invoice    int64
	CreditNote CreditNoteID
}

// Issued returns the point at which the invoice was issued.
func (i *Invoice) Issued() Issued { return Issued{Invoice: i.Number} }

// Issued returns the point at which the credit note was issued.
func (n *CreditNote) Issued() Issued { return Issued{CreditNote: n.ID} }

// Parties are the seller and the account that pays.
type Parties struct {
	Seller Profile
	BillTo catalogue.BillTo
}

// Document is the content of a printed invoice.
type Document struct {
	Invoice
	Parties
	// Origins are those of all lines on it.
	Origins Origins
}

// DueDate returns the day until which the invoice is to be paid. It is zero if the seller names
// none, nothing is to be paid, or the invoice is void.
func (d *Document) DueDate() date.Date {
	if d.Seller.PaymentDays == 0 || d.Total <= 0 || d.State == Void {
		return date.Date{}
	}
	return d.IssueDate.AddDays(d.Seller.PaymentDays)
}

// CreditNoteDocument is the content of a printed credit note.
type CreditNoteDocument struct {
	CreditNote
	Parties
}

// Invoice returns an invoice with its parties and the origins of its lines, as they were when it
// was issued.
func (s *DocumentService) Invoice(ctx context.Context, id ID) (Document, error) {
	document, err := readDocument(ctx, s, func(ctx context.Context, r DocumentReader, parties parties) (d Document, err error) {
		if d.Invoice, err = r.Invoice(ctx, id); err != nil {
			return d, err
		}
		if d.Parties, err = parties(d.Invoice.BillTo, d.Issued()); err != nil {
			return d, err
		}
		origins, err := originsOf(ctx, r, []Invoice{d.Invoice})
		if err != nil {
			return d, err
		}
		d.Origins = origins[0]
		return d, nil
	})
	return document, mutation.Explain(err, "invoice", id)
}

// CreditNote returns a credit note with its parties as they were when it was issued.
func (s *DocumentService) CreditNote(ctx context.Context, id CreditNoteID) (CreditNoteDocument, error) {
	document, err := readDocument(ctx, s, func(ctx context.Context, r DocumentReader, parties parties) (d CreditNoteDocument, err error) {
		if d.CreditNote, err = r.CreditNote(ctx, id); err != nil {
			return d, err
		}
		d.Parties, err = parties(d.CreditNote.BillTo, d.Issued())
		return d, err
	})
	return document, mutation.Explain(err, "credit note", id)
}

// parties reads the caller's profile and a bill-to as they were when a document was issued.
type parties func(catalogue.BillToID, Issued) (Parties, error)

func readDocument[T any](ctx context.Context, s *DocumentService, do func(context.Context, DocumentReader, parties) (T, error)) (document T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return document, err
	}
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r DocumentReader) (T, error) {
		return do(ctx, r, func(id catalogue.BillToID, then Issued) (p Parties, err error) {
			if p.Seller, err = profileOf(ctx, r, caller.Tenant, then); err != nil {
				return p, err
			}
			p.BillTo, err = r.BillToAt(ctx, id, then)
			return p, err
		})
	})
}

// WholeInvoices returns the invoices that match a query, with their items.
func (s *DocumentService) WholeInvoices(ctx context.Context, query listing.Query) ([]Invoice, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r DocumentReader) ([]Invoice, error) { return r.WholeInvoices(ctx, query) })
}

// Each calls give with the document of each invoice that matches a query, in the order of the query.
// It reads page by page; place returns an invoice's position in that order. give is called between
// reads of the store. An invoice made meanwhile is included if its position is not passed yet.
func (s *DocumentService) Each(ctx context.Context, query listing.Query, place func(Invoice) (listing.Cursor, error), give func(Document) error) error {
	caller, err := auth.From(ctx)
	if err != nil {
		return err
	}
	for query.Limit = invoicesAtOnce; ; {
		documents, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r DocumentReader) ([]Document, error) {
			invoices, err := r.WholeInvoices(ctx, query)
			if err != nil {
				return nil, err
			}
			return documentsOf(ctx, r, caller.Tenant, invoices)
		})
		if err != nil {
			return err
		}
		for _, document := range documents {
			if err := give(document); err != nil {
				return err
			}
		}
		if len(documents) < invoicesAtOnce {
			return nil
		}
		if query.After, err = place(documents[len(documents)-1].Invoice); err != nil {
			return err
		}
	}
}

// documentsOf returns the documents of a page of invoices.
func documentsOf(ctx context.Context, r DocumentReader, tenant auth.Tenant, invoices []Invoice) ([]Document, error) {
	origins, err := originsOf(ctx, r, invoices)
	if err != nil {
		return nil, err
	}
	parties, err := partiesOf(ctx, r, tenant, invoices)
	if err != nil {
		return nil, err
	}
	documents := make([]Document, len(invoices))
	for i := range invoices {
		documents[i] = Document{Invoice: invoices[i], Parties: parties[i], Origins: origins[i]}
	}
	return documents, nil
}
