package invoice

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// Profile is what documents say of the seller.
type Profile struct {
	DisplayName string            `json:"display_name"`
	Address     catalogue.Address `json:"address,omitzero"`
	// TaxID is the number by which the tax office knows the seller, with what it is called.
	TaxID string `json:"tax_id"`
	// PaymentTerms stand below the totals of invoices.
	PaymentTerms string `json:"payment_terms"`
	// PaymentDays is in how many days from its date an invoice is due, 0 where none is said.
	PaymentDays int `json:"payment_days,omitempty"`
	resource.Revision
}

// Says reports whether documents say the same of both sellers.
func (p Profile) Says(other Profile) bool {
	p.Revision, other.Revision = resource.Revision{}, resource.Revision{}
	return p == other
}

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

// maxPaymentTerms is their length in UTF-16 units.
const maxPaymentTerms = 1000

// maxPaymentDays is ten years.
const maxPaymentDays = 3650

// Check refuses a profile that breaks a rule.
func (p *Profile) Check() error {
	var v resource.Violations
	if v.CheckText("display_name", p.DisplayName, catalogue.MaxName) && strings.TrimSpace(p.DisplayName) == "" {
		v.Add("display_name", reason.Required, "must be given")
	}
	catalogue.CheckAddress(&v, p.Address)
	v.CheckText("tax_id", p.TaxID, catalogue.MaxName)
	v.CheckText("payment_terms", p.PaymentTerms, maxPaymentTerms)
	if p.PaymentDays < 0 || p.PaymentDays > maxPaymentDays {
		v.Add("payment_days", reason.OutOfRange, fmt.Sprintf("must be a number of days, 0 to %d", maxPaymentDays))
	}
	return v.Err()
}

// profileOf is the tenant's profile as a document that was issued then says, its mere name where none was set.
func profileOf(ctx context.Context, r DocumentReader, tenant auth.Tenant, then Issued) (Profile, error) {
	profile, err := r.ProfileAt(ctx, then)
	if errors.Is(err, resource.ErrNotFound) {
		return Profile{DisplayName: string(tenant)}, nil
	}
	return profile, err
}

// Profile is the tenant's billing profile.
func (s *DocumentService) Profile(ctx context.Context) (Profile, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return Profile{}, err
	}
	return resource.Read(ctx, s.store, func(ctx context.Context, r DocumentReader) (Profile, error) {
		return profileOf(ctx, r, caller.Tenant, Issued{})
	})
}

// SetProfile sets the tenant's billing profile whole. An etag that is not empty must be the present one's.
func (s *DocumentService) SetProfile(ctx context.Context, to Profile, etag string) (Profile, error) {
	return s.UpdateProfile(ctx, etag, func(profile *Profile) { *profile = to })
}

// UpdateProfile makes of the tenant's billing profile what revise makes of it. An etag that is not empty must be the present
// one's. What changes nothing of a profile that was set leaves its version alone.
func (s *DocumentService) UpdateProfile(ctx context.Context, etag string, revise func(*Profile)) (Profile, error) {
	return resource.Write(ctx, s.store, s.clock, false, func(ctx context.Context, w DocumentWriter) (Profile, error) {
		caller, err := auth.From(ctx)
		if err != nil {
			return Profile{}, err
		}
		present, err := profileOf(ctx, w, caller.Tenant, Issued{})
		if err != nil {
			return Profile{}, err
		}
		if err := resource.CheckEtag("the billing profile of", caller.Tenant, present.Revision, etag); err != nil {
			return Profile{}, err
		}
		to := present
		revise(&to)
		to.Revision = present.Revision
		if err := to.Check(); err != nil || present.Version > 0 && to == present {
			return to, err
		}
		err = w.PutProfile(ctx, &to)
		return to, err
	})
}

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
	return document, resource.Explain(err, "invoice", id)
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
	return document, resource.Explain(err, "credit note", id)
}

// parties reads the caller's profile and a bill-to as they were when a document was issued.
type parties func(catalogue.BillToID, Issued) (Parties, error)

func readDocument[T any](ctx context.Context, s *DocumentService, do func(context.Context, DocumentReader, parties) (T, error)) (document T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return document, err
	}
	return resource.Read(ctx, s.store, func(ctx context.Context, r DocumentReader) (T, error) {
		return do(ctx, r, func(id catalogue.BillToID, then Issued) (p Parties, err error) {
			if p.Seller, err = profileOf(ctx, r, caller.Tenant, then); err != nil {
				return p, err
			}
			p.BillTo, err = r.BillToAt(ctx, id, then)
			return p, err
		})
	})
}

// Each gives the invoices of a filter, with their items and whose their lines are, in the order of Invoices. give is called between the reads of
// the store; an invoice that is made meanwhile comes last or not at all.
func (s *DocumentService) Each(ctx context.Context, filter Filter, give func(Invoice, Origins) error) error {
	for after := (Place{}); ; {
		var origins []Origins
		invoices, err := resource.Read(ctx, s.store, func(ctx context.Context, r DocumentReader) ([]Invoice, error) {
			invoices, err := r.WholeInvoices(ctx, filter, after, invoicesAtOnce)
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
			after = invoice.Place()
		}
		if len(invoices) < invoicesAtOnce {
			return nil
		}
	}
}
