package invoice

import (
	"context"
	"errors"
	"fmt"
	"reflect"
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
	// that begin on or after ProrationFrom follow it: all of them if that is zero. Earlier ones follow
	// FormerProrations, as in a billing.Proration.
	Proration        billing.Method            `json:"proration,omitempty"`
	ProrationFrom    date.Date                 `json:"proration_from,omitzero"`
	FormerProrations []billing.ProrationChoice `json:"former_prorations,omitempty"`
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
	p.Take(other.Chosen())
	p.FirstOfMonth = other.FirstOfMonth
	return reflect.DeepEqual(p, other)
}

// Unset reports whether the profile says nothing, as before one was set.
func (p *Profile) Unset() bool { return reflect.DeepEqual(*p, Profile{}) }

// Chosen returns the proration that the profile says. Its method is empty if none was ever chosen.
func (p *Profile) Chosen() billing.Proration {
	return billing.Proration{Method: p.Proration, From: p.ProrationFrom, Former: p.FormerProrations}
}

// Take makes the profile say a proration.
func (p *Profile) Take(of billing.Proration) {
	p.Proration, p.ProrationFrom, p.FormerProrations = of.Method, of.From, of.Former
}

// maxProrations is the maximum number of former choices of a proration.
const maxProrations = 100

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
	p.checkFormer(&v)
	return v.Err()
}

func (p *Profile) checkFormer(v *fault.Violations) {
	if len(p.FormerProrations) > maxProrations {
		v.Add("former_prorations", reason.TooMany, "must be at most %d", maxProrations)
		return
	}
	for i, former := range p.FormerProrations {
		next := p.ProrationFrom
		if i+1 < len(p.FormerProrations) {
			next = p.FormerProrations[i+1].From
		}
		if former.From.IsZero() || !former.From.Before(next) {
			v.Add(fmt.Sprintf("former_prorations[%d].from_date", i), reason.OutOfOrder, "must lie before that of the next choice, the last before proration_from")
			return
		}
	}
}

// chosen returns the profile with the proration that counts for the tenant.
func (p Profile) chosen(ctx context.Context, r DocumentReader) (Profile, error) {
	counts, err := r.Proration(ctx)
	p.Take(counts)
	return p, err
}

// choose dates a change of the proration: it counts for full periods from today on, and for all if
// nothing was billed yet. Earlier periods keep the method that was chosen for them. No proration keeps
// the present one.
func (p *Profile) choose(ctx context.Context, r DocumentReader, present Profile, now time.Time) error {
	method := p.Proration
	if p.Take(present.Chosen()); method == "" || method == present.Proration {
		return nil
	}
	billed, err := r.HasBilled(ctx)
	if err != nil {
		return err
	}
	if !billed {
		p.Take(billing.Proration{Method: method})
		return nil
	}
	today, err := r.Today(ctx, now)
	if err != nil {
		return err
	}
	chosen := present.Chosen().Choose(method, today)
	if len(chosen.Former) > maxProrations {
		return fault.InvalidField("proration", reason.TooMany, "must stay %s: it was changed on %d days, and cannot change on more", present.Proration, maxProrations+1)
	}
	p.Take(chosen)
	return nil
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
		if err := to.Check(); err != nil || present.Version > 0 && reflect.DeepEqual(to, present) {
			return to, err
		}
		err = w.PutProfile(ctx, &to)
		return to, err
	})
}
