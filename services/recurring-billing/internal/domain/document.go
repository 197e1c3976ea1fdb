package domain

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
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
	// PaymentDays is in how many days from its date an invoice is due, 0 where none is said.
	PaymentDays int `json:"payment_days,omitempty"`
	Revision
}

// Says reports whether documents say the same of both sellers.
func (p Profile) Says(other Profile) bool {
	p.Revision, other.Revision = Revision{}, Revision{}
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

// ProfileReader reads what documents say of seller and buyer.
type ProfileReader interface {
	// ProfileAt and BillToAt are what held when a document was issued, or what holds now for one that is not. ProfileAt is
	// ErrNotFound where no profile was set then.
	ProfileAt(ctx context.Context, issued Issued) (Profile, error)
	BillToAt(ctx context.Context, id BillToID, issued Issued) (BillTo, error)
}

// ProfileWriter writes it.
type ProfileWriter interface {
	// PutProfile replaces the profile, and keeps what documents that were issued say of the former one.
	PutProfile(ctx context.Context, profile *Profile) error
}

// maxPaymentTerms is their length in UTF-16 units.
const maxPaymentTerms = 1000

// maxPaymentDays is ten years.
const maxPaymentDays = 3650

func (p *Profile) check() error {
	var v violations
	if v.checkText("display_name", p.DisplayName, maxBillToName) && strings.TrimSpace(p.DisplayName) == "" {
		v.add("display_name", reason.Required, "must be given")
	}
	v.checkAddress(p.Address)
	v.checkText("tax_id", p.TaxID, maxBillToName)
	v.checkText("payment_terms", p.PaymentTerms, maxPaymentTerms)
	if p.PaymentDays < 0 || p.PaymentDays > maxPaymentDays {
		v.add("payment_days", reason.OutOfRange, fmt.Sprintf("must be a number of days, 0 to %d", maxPaymentDays))
	}
	return v.err()
}

// profileOf is the tenant's profile as a document that was issued then says, its mere name where none was set.
func profileOf(ctx context.Context, r BillingReader, tenant auth.Tenant, then Issued) (Profile, error) {
	profile, err := r.ProfileAt(ctx, then)
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
		return profileOf(ctx, r, caller.Tenant, Issued{})
	})
}

// SetProfile sets the tenant's billing profile whole. An etag that is not empty must be the present one's.
func (b *Biller) SetProfile(ctx context.Context, to Profile, etag string) (Profile, error) {
	return b.UpdateProfile(ctx, etag, func(profile *Profile) { *profile = to })
}

// UpdateProfile makes of the tenant's billing profile what revise makes of it. An etag that is not empty must be the present
// one's. What changes nothing of a profile that was set leaves its version alone.
func (b *Biller) UpdateProfile(ctx context.Context, etag string, revise func(*Profile)) (Profile, error) {
	return writeBilling(ctx, b, func(ctx context.Context, w BillingWriter, caller auth.Principal) (Profile, error) {
		present, err := profileOf(ctx, w, caller.Tenant, Issued{})
		if err != nil {
			return Profile{}, err
		}
		if err := checkEtag("the billing profile of", caller.Tenant, present.Revision, etag); err != nil {
			return Profile{}, err
		}
		to := present
		revise(&to)
		to.Revision = present.Revision
		if err := to.check(); err != nil || present.Version > 0 && to == present {
			return to, err
		}
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
	// Origins are those of all lines on it.
	Origins Origins
}

// CreditNoteDocument is what a printed credit note says.
type CreditNoteDocument struct {
	CreditNote
	Parties
}

// InvoiceDocument is an invoice with the parties, and whose its lines are, as they were when it was issued.
func (b *Biller) InvoiceDocument(ctx context.Context, id InvoiceID) (InvoiceDocument, error) {
	document, err := readDocument(ctx, b, func(ctx context.Context, r BillingReader, parties parties) (d InvoiceDocument, err error) {
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
	return document, explain(err, "invoice", id)
}

// CreditNoteDocument is a credit note with the parties as they were when it was issued.
func (b *Biller) CreditNoteDocument(ctx context.Context, id CreditNoteID) (CreditNoteDocument, error) {
	document, err := readDocument(ctx, b, func(ctx context.Context, r BillingReader, parties parties) (d CreditNoteDocument, err error) {
		if d.CreditNote, err = r.CreditNote(ctx, id); err != nil {
			return d, err
		}
		d.Parties, err = parties(d.CreditNote.BillTo, d.Issued())
		return d, err
	})
	return document, explain(err, "credit note", id)
}

// parties reads the caller's profile and a bill-to as they were when a document was issued.
type parties func(BillToID, Issued) (Parties, error)

func readDocument[T any](ctx context.Context, b *Biller, do func(context.Context, BillingReader, parties) (T, error)) (document T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return document, err
	}
	return readBilling(ctx, b, func(ctx context.Context, r BillingReader) (T, error) {
		return do(ctx, r, func(id BillToID, then Issued) (p Parties, err error) {
			if p.Seller, err = profileOf(ctx, r, caller.Tenant, then); err != nil {
				return p, err
			}
			p.BillTo, err = r.BillToAt(ctx, id, then)
			return p, err
		})
	})
}
