package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// profileOf converts a row to a billing profile.
func profileOf(row rows.BillingProfile) (p invoice.Profile, err error) {
	err = readDocument(row.Profile, &p)
	p.Revision = revisionOf(row.Version, row.Created, row.Updated)
	return p, err
}

// Profile reads the tenant's billing profile.
func (r *reader) Profile(ctx context.Context) (invoice.Profile, error) {
	row, err := r.rows.GetProfile(ctx, string(r.tenant))
	return one("billing profile", row, err, profileOf)
}

// PutProfile replaces the tenant's billing profile, and preserves the former one for documents
// issued earlier.
func (w *writer) PutProfile(ctx context.Context, p *invoice.Profile) error {
	if err := w.keepProfile(ctx, p); err != nil {
		return err
	}
	change := feed.Updated
	if p.Version == 0 {
		p.Created, change = w.at, feed.Created
	}
	w.revise(&p.Revision)
	state, err := documentOf(p)
	if err != nil {
		return err
	}
	if err := w.rows.PutProfile(ctx, rows.PutProfileParams{
		Tenant: string(w.tenant), Profile: state, Version: p.Version, Created: p.Created.UnixMicro(), Updated: p.Updated.UnixMicro(),
	}); err != nil {
		return fmt.Errorf("writing the billing profile: %w", err)
	}
	return w.Record(ctx, change, p)
}

// Proration reads how the tenant's periods are priced.
func (r *reader) Proration(ctx context.Context) (billing.Proration, error) {
	profile, err := r.Profile(ctx)
	switch {
	case err != nil && !errors.Is(err, mutation.ErrNotFound):
		return billing.Proration{}, err
	case profile.Proration != "":
		return profile.Chosen(), nil
	}
	byPeriod, err := r.rows.IsBilledByPeriod(ctx, string(r.tenant))
	if err != nil {
		return billing.Proration{}, fmt.Errorf("reading how periods are priced: %w", err)
	}
	if byPeriod {
		return billing.Proration{Method: billing.ByPeriod}, nil
	}
	return billing.Proration{Method: billing.ByMonth}, nil
}

// HasBilled reads whether any period is billed.
func (r *reader) HasBilled(ctx context.Context) (bool, error) {
	billed, err := r.rows.HasBilled(ctx, string(r.tenant))
	if err != nil {
		return false, fmt.Errorf("reading whether anything is billed: %w", err)
	}
	return billed, nil
}

// BeginsOnFirst reads whether the periods of new lines begin on the first of a month.
func (r *reader) BeginsOnFirst(ctx context.Context) (bool, error) {
	profile, err := r.Profile(ctx)
	if errors.Is(err, mutation.ErrNotFound) {
		return false, nil
	}
	return profile.FirstOfMonth, err
}
