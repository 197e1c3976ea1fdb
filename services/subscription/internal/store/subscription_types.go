package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// subscriptionTypeColumns maps the fields of the subscription type list to columns.
var subscriptionTypeColumns = map[string]string{
	"name": "id", "display_name": "name", "alternative_code": "alternative_code", "classification": "classification",
	"inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// subscriptionTypeRow converts a subscription type to a row of its table.
func subscriptionTypeRow(tenant auth.Tenant, subscriptionType *catalogue.SubscriptionType) (rows.CreateSubscriptionTypeParams, error) {
	text, err := document(subscriptionType)
	return rows.CreateSubscriptionTypeParams{
		Tenant:          string(tenant),
		ID:              string(subscriptionType.ID),
		Name:            plain(subscriptionType.Name),
		AlternativeCode: optional(subscriptionType.AlternativeCode),
		Version:         subscriptionType.Version,
		Document:        text,
		Classification:  optional(string(subscriptionType.Classification)),
		Inactive:        subscriptionType.Inactive,
		Created:         subscriptionType.Created.UnixMicro(),
		Updated:         subscriptionType.Updated.UnixMicro(),
	}, err
}

func (r *reader) SubscriptionType(ctx context.Context, key resource.Key) (catalogue.SubscriptionType, error) {
	return one[catalogue.SubscriptionType](ctx, r, "SubscriptionType", key, finders{
		resource.KeyID:              r.rows.GetSubscriptionType,
		resource.KeyNameText:        r.rows.GetSubscriptionTypeByName,
		resource.KeyAlternativeCode: r.rows.GetSubscriptionTypeByAlternativeCode,
	})
}

func (r *reader) SubscriptionTypes(ctx context.Context, query listing.Query) ([]catalogue.SubscriptionType, error) {
	found, err := r.list(query, subscriptionTypeColumns).ListSubscriptionTypes(ctx, string(r.tenant))
	return many[catalogue.SubscriptionType]("SubscriptionType", found, err)
}
