package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// accountClassificationColumns maps the fields of the list of account classifications to columns.
var accountClassificationColumns = map[string]string{
	"name": "id", "display_name": "name", "alternative_code": "alternative_code", "inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// accountClassificationRow converts an account classification to a row of its table.
func accountClassificationRow(tenant auth.Tenant, classification *catalogue.AccountClassification) (rows.CreateAccountClassificationParams, error) {
	text, err := document(classification)
	return rows.CreateAccountClassificationParams{
		Tenant:          string(tenant),
		ID:              string(classification.ID),
		Name:            plain(classification.Name),
		AlternativeCode: optional(classification.AlternativeCode),
		Version:         classification.Version,
		Document:        text,
		Inactive:        classification.Inactive,
		Created:         classification.Created.UnixMicro(),
		Updated:         classification.Updated.UnixMicro(),
	}, err
}

func (r *reader) AccountClassification(ctx context.Context, key resource.Key) (catalogue.AccountClassification, error) {
	return one[catalogue.AccountClassification](ctx, r, "AccountClassification", key, finders{
		resource.KeyID:              r.rows.GetAccountClassification,
		resource.KeyNameText:        r.rows.GetAccountClassificationByName,
		resource.KeyAlternativeCode: r.rows.GetAccountClassificationByAlternativeCode,
	})
}

func (r *reader) AccountClassifications(ctx context.Context, query listing.Query) ([]catalogue.AccountClassification, error) {
	found, err := r.list(query, accountClassificationColumns).ListAccountClassifications(ctx, string(r.tenant))
	return many[catalogue.AccountClassification]("AccountClassification", found, err)
}
