package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// privacyLevelColumns are the columns of the fields by which privacy levels are listed.
var privacyLevelColumns = map[string]string{"name": "id", "number": "number"}

// privacyLevelRow is a privacy level as its table holds it.
func privacyLevelRow(tenant auth.Tenant, level *domain.PrivacyLevel) (rows.CreatePrivacyLevelParams, error) {
	text, err := document(level)
	return rows.CreatePrivacyLevelParams{
		Tenant:   string(tenant),
		ID:       string(level.ID),
		Number:   level.Number,
		Version:  level.Version,
		Document: text,
	}, err
}

func (r *reader) PrivacyLevel(ctx context.Context, key domain.Key) (domain.PrivacyLevel, error) {
	return one[domain.PrivacyLevel](ctx, r, "PrivacyLevel", key, finders{domain.KeyID: r.rows.GetPrivacyLevel, domain.KeyNumber: r.rows.GetPrivacyLevelByNumber})
}

func (r *reader) PrivacyLevels(ctx context.Context, query listing.Query) ([]domain.PrivacyLevel, error) {
	found, err := rows.New(r.tx.List(query, privacyLevelColumns)).ListPrivacyLevels(ctx, string(r.tenant))
	return many[domain.PrivacyLevel]("PrivacyLevel", found, err)
}

func (w *writer) CreatePrivacyLevel(ctx context.Context, level *domain.PrivacyLevel) error {
	level.Record = w.first()
	row, err := privacyLevelRow(w.tenant, level)
	if err != nil {
		return err
	}
	created, err := w.rows.CreatePrivacyLevel(ctx, row)
	return w.created(ctx, level, created, err)
}
