package invoice

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Profile is the seller as documents show it.
type Profile struct {
	DisplayName string            `json:"display_name"`
	Address     catalogue.Address `json:"address,omitzero"`
	// TaxID is the seller's tax number, with its label.
	TaxID string `json:"tax_id"`
	// PaymentTerms is printed below the totals of invoices.
	PaymentTerms string `json:"payment_terms"`
	// PaymentDays is the number of days from its date until an invoice is due, or 0 to print no due
	// date.
	PaymentDays int `json:"payment_days,omitempty"`
	// Paper is the size of the pages of documents.
	Paper Paper `json:"paper,omitempty"`
	// Proration is how parts of periods are priced, or empty if that was never chosen. Full periods
	// that begin on or after ProrationFrom follow it: all of them if that is zero.
	Proration     billing.Method `json:"proration,omitempty"`
	ProrationFrom date.Date      `json:"proration_from,omitzero"`
	// FirstOfMonth begins the periods of new lines on the first of a month, not on the day of service,
	// if they bring neither a bill day nor an anchor.
	FirstOfMonth bool `json:"first_of_month,omitempty"`
	mutation.Revision
}

// Paper is the size of a page. The zero Paper is A4.
type Paper string

// The sizes of pages. A4 is stored as no size.
const (
	A4     Paper = ""
	Letter Paper = "LETTER"
)

// Says reports whether documents show both profiles alike.
func (p Profile) Says(other Profile) bool {
	p.Revision, other.Revision = mutation.Revision{}, mutation.Revision{}
	p.Proration, p.ProrationFrom, p.FirstOfMonth = other.Proration, other.ProrationFrom, other.FirstOfMonth
	return p == other
}

// maxPaymentTerms is the maximum length of PaymentTerms in UTF-16 units.
const maxPaymentTerms = 1000

// maxPaymentDays is ten years.
const maxPaymentDays = 3650

// Check returns a fault that lists the rules the profile breaks.
func (p *Profile) Check() error {
	var v fault.Violations
	if v.Text("display_name", p.DisplayName, catalogue.MaxName) && strings.TrimSpace(p.DisplayName) == "" {
		v.Add("display_name", reason.Required, "must be given")
	}
	catalogue.CheckAddress(&v, p.Address)
	v.Text("tax_id", p.TaxID, catalogue.MaxName)
	v.Text("payment_terms", p.PaymentTerms, maxPaymentTerms)
	if p.PaymentDays < 0 || p.PaymentDays > maxPaymentDays {
		v.Add("payment_days", reason.OutOfRange, "must be a number of days, 0 to %d", maxPaymentDays)
	}
	if p.Proration == "" && !p.ProrationFrom.IsZero() {
		v.Add("proration", reason.Required, "must be given with the day from which it counts")
	}
	return v.Err()
}

// chosen returns the profile with the proration that counts for the tenant.
func (p Profile) chosen(ctx context.Context, r DocumentReader) (Profile, error) {
	counts, err := r.Proration(ctx)
	p.Proration, p.ProrationFrom = counts.Method, counts.From
	return p, err
}

// choose dates a change of the proration: it counts for full periods from today on, and for all if
// nothing was billed yet. No proration keeps the present one.
func (p *Profile) choose(ctx context.Context, r DocumentReader, present Profile, now time.Time) error {
	if p.Proration == "" || p.Proration == present.Proration {
		p.Proration, p.ProrationFrom = present.Proration, present.ProrationFrom
		return nil
	}
	p.ProrationFrom = date.Date{}
	billed, err := r.HasBilled(ctx)
	if err == nil && billed {
		p.ProrationFrom, err = r.Today(ctx, now)
	}
	return err
}

// profileOf returns the tenant's profile at the time a document was issued. If none was set, it
// returns one with only the tenant's name.
func profileOf(ctx context.Context, r DocumentReader, tenant auth.Tenant, then Issued) (Profile, error) {
	profile, err := r.ProfileAt(ctx, then)
	if errors.Is(err, mutation.ErrNotFound) {
		return Profile{DisplayName: string(tenant)}, nil
	}
	return profile, err
}

// Profile returns the tenant's billing profile.
func (s *DocumentService) Profile(ctx context.Context) (Profile, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return Profile{}, err
	}
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r DocumentReader) (Profile, error) {
		profile, err := profileOf(ctx, r, caller.Tenant, Issued{})
		if err != nil {
			return Profile{}, err
		}
		return profile.chosen(ctx, r)
	})
}

// UpdateProfile applies revise to the tenant's billing profile. A non-empty etag must match the
// present one. If nothing changes, the version stays, unless no profile was set yet.
func (s *DocumentService) UpdateProfile(ctx context.Context, etag string, revise func(*Profile) error) (Profile, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w DocumentWriter) (Profile, error) {
		caller, err := auth.From(ctx)
		if err != nil {
			return Profile{}, err
		}
		present, err := profileOf(ctx, w, caller.Tenant, Issued{})
		if err != nil {
			return Profile{}, err
		}
		if present, err = present.chosen(ctx, w); err != nil {
			return Profile{}, err
		}
		if err := mutation.CheckEtag("the billing profile of", caller.Tenant, present, etag); err != nil {
			return Profile{}, err
		}
		to := present
		if err := revise(&to); err != nil {
			return Profile{}, err
		}
		if err := to.choose(ctx, w, present, s.Clock.Now()); err != nil {
			return Profile{}, err
		}
		to.Revision = present.Revision
		if err := to.Check(); err != nil || present.Version > 0 && to == present {
			return to, err
		}
		err = w.PutProfile(ctx, &to)
		return to, err
	})
}
