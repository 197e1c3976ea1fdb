package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/feed"
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
