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
var privacyLevelColumns = map[string]string{
	"name": "id", "number": "number", "display_name": "name", "inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// privacyLevelRow converts a privacy level to a row of its table.
func privacyLevelRow(tenant auth.Tenant, level *catalogue.PrivacyLevel) (rows.CreatePrivacyLevelParams, error) {
	text, err := document(level)
	return rows.CreatePrivacyLevelParams{
		Tenant:   string(tenant),
		ID:       string(level.ID),
		Number:   plain(level.Number),
		Version:  level.Version,
		Document: text,
		Name:     optional(level.Name),
		Inactive: level.Inactive,
		Created:  level.Created.UnixMicro(),
		Updated:  level.Updated.UnixMicro(),
	}, err
}

func (r *reader) PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error) {
	return one[catalogue.PrivacyLevel](ctx, r, "PrivacyLevel", key, finders{resource.KeyID: r.rows.GetPrivacyLevel, resource.KeyNumber: r.rows.GetPrivacyLevelByNumber})
}

func (r *reader) PrivacyLevels(ctx context.Context, query listing.Query) ([]catalogue.PrivacyLevel, error) {
	found, err := r.list(query, privacyLevelColumns).ListPrivacyLevels(ctx, string(r.tenant))
	return many[catalogue.PrivacyLevel]("PrivacyLevel", found, err)
}
