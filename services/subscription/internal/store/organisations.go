package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// organisationColumns maps the fields of the organisation list to columns.
var organisationColumns = map[string]string{
	"name": "id", "display_name": "name", "inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// organisationRow converts an organisation to a row of its table.
func organisationRow(tenant auth.Tenant, organisation *organisation.Organisation) (rows.CreateOrganisationParams, error) {
	text, err := document(organisation)
	return rows.CreateOrganisationParams{
		Tenant:   string(tenant),
		ID:       string(organisation.ID),
		Version:  organisation.Version,
		Document: text,
		Name:     optional(organisation.Name),
		Inactive: organisation.Inactive,
		Created:  organisation.Created.UnixMicro(),
		Updated:  organisation.Updated.UnixMicro(),
	}, err
}

func (r *reader) Organisation(ctx context.Context, key resource.Key) (organisation.Organisation, error) {
	return one[organisation.Organisation](ctx, r, "Organisation", key, finders{resource.KeyID: r.rows.GetOrganisation})
}

func (r *reader) Organisations(ctx context.Context, query listing.Query) ([]organisation.Organisation, error) {
	found, err := r.list(query, organisationColumns).ListOrganisations(ctx, string(r.tenant))
	return many[organisation.Organisation]("Organisation", found, err)
}
