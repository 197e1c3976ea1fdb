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
var organisationColumns = map[string]string{"name": "id"}

// organisationRow converts an organisation to a row of its table.
func organisationRow(tenant auth.Tenant, organisation *organisation.Organisation) (rows.CreateOrganisationParams, error) {
	text, err := document(organisation)
	return rows.CreateOrganisationParams{
		Tenant:   string(tenant),
		ID:       string(organisation.ID),
		Version:  organisation.Version,
		Document: text,
	}, err
}

func (r *reader) Organisation(ctx context.Context, key resource.Key) (organisation.Organisation, error) {
	return one[organisation.Organisation](ctx, r, "Organisation", key, finders{resource.KeyID: r.rows.GetOrganisation})
}

func (r *reader) Organisations(ctx context.Context, query listing.Query) ([]organisation.Organisation, error) {
	found, err := rows.New(r.tx.List(query, organisationColumns)).ListOrganisations(ctx, string(r.tenant))
	return many[organisation.Organisation]("Organisation", found, err)
}

func (w *writer) CreateOrganisation(ctx context.Context, organisation *organisation.Organisation) error {
	organisation.Revision = w.first()
	row, err := organisationRow(w.tenant, organisation)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateOrganisation(ctx, row)
	return w.created(ctx, organisation, created, err)
}
