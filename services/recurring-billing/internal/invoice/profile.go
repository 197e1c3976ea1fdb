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
	mutation.Revision
}

// Says reports whether documents say the same of both sellers.
func (p Profile) Says(other Profile) bool {
	p.Revision, other.Revision = mutation.Revision{}, mutation.Revision{}
	return p == other
}

// maxPaymentTerms is their length in UTF-16 units.
const maxPaymentTerms = 1000

// maxPaymentDays is ten years.
const maxPaymentDays = 3650

// Check refuses a profile that breaks a rule.
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

// profileOf is the tenant's profile as a document that was issued then says, its mere name where none was set.
func profileOf(ctx context.Context, r DocumentReader, tenant auth.Tenant, then Issued) (Profile, error) {
	profile, err := r.ProfileAt(ctx, then)
	if errors.Is(err, mutation.ErrNotFound) {
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
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r DocumentReader) (Profile, error) {
		return profileOf(ctx, r, caller.Tenant, Issued{})
	})
}

// UpdateProfile makes of the tenant's billing profile what revise makes of it. An etag that is not empty must be the present
// one's. What changes nothing of a profile that was set leaves its version alone.
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
