package domain

import (
	"context"
	"errors"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

// Profile is what documents say of the seller.
type Profile struct {
	DisplayName string  `json:"display_name"`
	Address     Address `json:"address,omitzero"`
	// TaxID is the number by which the tax office knows the seller, with what it is called.
	TaxID string `json:"tax_id"`
	// PaymentTerms stand below the totals of invoices.
	PaymentTerms string `json:"payment_terms"`
	Revision
}

// ProfileReader reads what documents say of seller and buyer.
type ProfileReader interface {
	Profile(ctx context.Context) (Profile, error)
	BillTo(ctx context.Context, id BillToID) (BillTo, error)
}

// ProfileWriter writes it.
type ProfileWriter interface {
	PutProfile(ctx context.Context, profile *Profile) error
}

// maxPaymentTerms is their length in UTF-16 units.
const maxPaymentTerms = 1000

func (p *Profile) check() error {
	var v violations
	if v.checkText("display_name", p.DisplayName, maxBillToName) && strings.TrimSpace(p.DisplayName) == "" {
		v.add("display_name", "REQUIRED", "must be given")
	}
	v.checkAddress(p.Address)
	v.checkText("tax_id", p.TaxID, maxBillToName)
	v.checkText("payment_terms", p.PaymentTerms, maxPaymentTerms)
	return v.err()
}

// profileOf is the tenant's profile, its mere name where none was ever set.
func profileOf(ctx context.Context, r BillingReader, tenant auth.Tenant) (Profile, error) {
	profile, err := r.Profile(ctx)
	if errors.Is(err, ErrNotFound) {
		return Profile{DisplayName: string(tenant)}, nil
	}
	return profile, err
}

// Profile is the tenant's billing profile.
func (b *Biller) Profile(ctx context.Context) (Profile, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return Profile{}, err
	}
	return readBilling(ctx, b, func(ctx context.Context, r BillingReader) (Profile, error) {
		return profileOf(ctx, r, caller.Tenant)
	})
}

// SetProfile sets the tenant's billing profile. An etag that is not empty must be the present one's.
func (b *Biller) SetProfile(ctx context.Context, to Profile, etag string) (Profile, error) {
	if err := to.check(); err != nil {
		return Profile{}, err
	}
	return writeBilling(ctx, b, func(ctx context.Context, w BillingWriter, caller auth.Principal) (Profile, error) {
		present, err := profileOf(ctx, w, caller.Tenant)
		if err != nil {
			return Profile{}, err
		}
		if err := checkEtag("the billing profile of", caller.Tenant, present.Revision, etag); err != nil {
			return Profile{}, err
		}
		to.Revision = present.Revision
		err = w.PutProfile(ctx, &to)
		return to, err
	})
}

// Parties are who sells and who pays.
type Parties struct {
	Seller Profile
	BillTo BillTo
}

// InvoiceDocument is what a printed invoice says.
type InvoiceDocument struct {
	Invoice
	Parties
}

// CreditNoteDocument is what a printed credit note says.
type CreditNoteDocument struct {
	CreditNote
	Parties
}

// InvoiceDocument is an invoice with the parties as they are now.
func (b *Biller) InvoiceDocument(ctx context.Context, id InvoiceID) (InvoiceDocument, error) {
	document, err := readDocument(ctx, b, func(ctx context.Context, r BillingReader, parties parties) (d InvoiceDocument, err error) {
		if d.Invoice, err = r.Invoice(ctx, id); err != nil {
			return d, err
		}
		d.Parties, err = parties(d.Invoice.BillTo)
		return d, err
	})
	return document, explain(err, "invoice", id)
}

// CreditNoteDocument is a credit note with the parties as they are now.
func (b *Biller) CreditNoteDocument(ctx context.Context, id CreditNoteID) (CreditNoteDocument, error) {
	document, err := readDocument(ctx, b, func(ctx context.Context, r BillingReader, parties parties) (d CreditNoteDocument, err error) {
		if d.CreditNote, err = r.CreditNote(ctx, id); err != nil {
			return d, err
		}
		d.Parties, err = parties(d.CreditNote.BillTo)
		return d, err
	})
	return document, explain(err, "credit note", id)
}

// parties reads the caller's profile and a bill-to.
type parties func(BillToID) (Parties, error)

func readDocument[T any](ctx context.Context, b *Biller, do func(context.Context, BillingReader, parties) (T, error)) (document T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return document, err
	}
	return readBilling(ctx, b, func(ctx context.Context, r BillingReader) (T, error) {
		return do(ctx, r, func(id BillToID) (p Parties, err error) {
			if p.Seller, err = profileOf(ctx, r, caller.Tenant); err != nil {
				return p, err
			}
			p.BillTo, err = r.BillTo(ctx, id)
			return p, err
		})
	})
}
