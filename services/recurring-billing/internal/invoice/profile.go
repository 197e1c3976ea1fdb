package invoice

import (
	"context"
	"errors"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
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
	mutation.Revision
}

// Says reports whether documents show both profiles alike.
func (p Profile) Says(other Profile) bool {
	p.Revision, other.Revision = mutation.Revision{}, mutation.Revision{}
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
	return v.Err()
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
		return profileOf(ctx, r, caller.Tenant, Issued{})
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
		if err := mutation.CheckEtag("the billing profile of", caller.Tenant, present, etag); err != nil {
			return Profile{}, err
		}
		to := present
		if err := revise(&to); err != nil {
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
