package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// privacyLevelColumns maps the fields of the privacy level list to columns.
var privacyLevelColumns = map[string]string{"name": "id", "number": "number"}

// privacyLevelRow converts a privacy level to a row of its table.
func privacyLevelRow(tenant auth.Tenant, level *catalogue.PrivacyLevel) (rows.CreatePrivacyLevelParams, error) {
	text, err := document(level)
	return rows.CreatePrivacyLevelParams{
		Tenant:   string(tenant),
		ID:       string(level.ID),
		Number:   level.Number,
		Version:  level.Version,
		Document: text,
	}, err
}

func (r *reader) PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error) {
	return one[catalogue.PrivacyLevel](ctx, r, "PrivacyLevel", key, finders{resource.KeyID: r.rows.GetPrivacyLevel, resource.KeyNumber: r.rows.GetPrivacyLevelByNumber})
}

func (r *reader) PrivacyLevels(ctx context.Context, query listing.Query) ([]catalogue.PrivacyLevel, error) {
	found, err := rows.New(r.tx.List(query, privacyLevelColumns)).ListPrivacyLevels(ctx, string(r.tenant))
	return many[catalogue.PrivacyLevel]("PrivacyLevel", found, err)
}

func (w *writer) CreatePrivacyLevel(ctx context.Context, level *catalogue.PrivacyLevel) error {
	level.Revision = w.first()
	row, err := privacyLevelRow(w.tenant, level)
	if err != nil {
		return err
	}
	created, err := w.rows.CreatePrivacyLevel(ctx, row)
	return w.created(ctx, level, created, err)
}
