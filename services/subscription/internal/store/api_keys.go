package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// apiKeyColumns maps the fields of the list of API keys to columns.
var apiKeyColumns = map[string]string{
	"name": "id", organisation.FieldUser: "user_id", "display_name": "name", "create_time": "created", "update_time": "updated",
}

// apiKeyRow converts an API key to a row of its table.
func apiKeyRow(tenant auth.Tenant, key *organisation.APIKey) (rows.CreateAPIKeyParams, error) {
	text, err := document(key)
	return rows.CreateAPIKeyParams{
		Tenant:   string(tenant),
		ID:       string(key.ID),
		UserID:   string(key.User),
		KeyHash:  key.Hash,
		Name:     optional(key.Name),
		Created:  key.Created.UnixMicro(),
		Updated:  key.Updated.UnixMicro(),
		Version:  key.Version,
		Document: text,
	}, err
}

func (r *reader) APIKey(ctx context.Context, key resource.Key) (organisation.APIKey, error) {
	return one[organisation.APIKey](ctx, r, "API key", key, finders{resource.KeyID: r.rows.GetAPIKey, resource.KeyAPIKey: r.rows.GetAPIKeyByHash})
}

func (r *reader) APIKeys(ctx context.Context, query listing.Query) ([]organisation.APIKey, error) {
	found, err := r.list(query, apiKeyColumns).ListAPIKeys(ctx, string(r.tenant))
	return many[organisation.APIKey]("API key", found, err)
}
