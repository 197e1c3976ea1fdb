package invoice

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Issued is when a document was issued, in the order of the numbers of its kind, which are given out as documents become
// final: an invoice's when it is finalized, a credit note's when it is created. One of the two is set; the zero Issued is
// that of a document that is not issued yet.
type Issued struct {
	Invoice    int64
	CreditNote CreditNoteID
}

// Issued is when the invoice was issued.
func (i *Invoice) Issued() Issued { return Issued{Invoice: i.Number} }

// Issued is when the credit note was issued.
func (n *CreditNote) Issued() Issued { return Issued{CreditNote: n.ID} }

// Parties are who sells and who pays.
type Parties struct {
	Seller Profile
	BillTo catalogue.BillTo
}

// Document is what a printed invoice says.
type Document struct {
	Invoice
	Parties
	// Origins are those of all lines on it.
	Origins Origins
}

// CreditNoteDocument is what a printed credit note says.
type CreditNoteDocument struct {
	CreditNote
	Parties
}

// Invoice is an invoice with the parties, and whose its lines are, as they were when it was issued.
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

// CreditNote is a credit note with the parties as they were when it was issued.
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

// Each gives the invoices that a query asks for, with their items and whose their lines are, in the order of the query. It reads
// them page by page, and place is where an invoice stands in that order. give is called between the reads of the store: an
// invoice that is made meanwhile comes at its place, or not at all if that is passed.
func (s *DocumentService) Each(ctx context.Context, query listing.Query, place func(Invoice) (listing.Cursor, error), give func(Invoice, Origins) error) error {
	for query.Limit = invoicesAtOnce; ; {
		var origins []Origins
		invoices, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r DocumentReader) ([]Invoice, error) {
			invoices, err := r.WholeInvoices(ctx, query)
			if err != nil {
				return nil, err
			}
			origins, err = originsOf(ctx, r, invoices)
			return invoices, err
		})
		if err != nil {
			return err
		}
		for i, invoice := range invoices {
			if err := give(invoice, origins[i]); err != nil {
				return err
			}
		}
		if len(invoices) < invoicesAtOnce {
			return nil
		}
		if query.After, err = place(invoices[len(invoices)-1]); err != nil {
			return err
		}
	}
}
