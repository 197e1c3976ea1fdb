package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// billingTermSchemeColumns maps the fields of the list of billing term schemes to columns.
var billingTermSchemeColumns = map[string]string{
	"name": "id", "code": "code", "display_name": "name", "state": "state", "create_time": "created", "update_time": "updated",
}

// billingTermSchemeRow converts a billing term scheme to a row of its table.
func billingTermSchemeRow(tenant auth.Tenant, scheme *catalogue.BillingTermScheme) (rows.CreateBillingTermSchemeParams, error) {
	text, err := document(scheme)
	return rows.CreateBillingTermSchemeParams{
		Tenant:   string(tenant),
		ID:       string(scheme.ID),
		Code:     plain(scheme.Code),
		Version:  scheme.Version,
		Document: text,
		Name:     optional(scheme.Name),
		State:    string(scheme.State),
		Created:  scheme.Created.UnixMicro(),
		Updated:  scheme.Updated.UnixMicro(),
	}, err
}

func (r *reader) BillingTermScheme(ctx context.Context, key resource.Key) (catalogue.BillingTermScheme, error) {
	return one[catalogue.BillingTermScheme](ctx, r, "BillingTermScheme", key, finders{
		resource.KeyID:   r.rows.GetBillingTermScheme,
		resource.KeyCode: r.rows.GetBillingTermSchemeByCode,
	})
}

func (r *reader) BillingTermSchemes(ctx context.Context, query listing.Query) ([]catalogue.BillingTermScheme, error) {
	found, err := r.list(query, billingTermSchemeColumns).ListBillingTermSchemes(ctx, string(r.tenant))
	return many[catalogue.BillingTermScheme]("BillingTermScheme", found, err)
}
