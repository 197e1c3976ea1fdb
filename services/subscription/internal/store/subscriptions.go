package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// subscriptionColumns maps the fields of the subscription list to columns.
var subscriptionColumns = map[string]string{
	"name": "id", "number": "number", "state": "state", "rating_state": "rating", "first_activated_date": "first_activated",
	visibility.FieldAccount: "account", "subscription_type": "type", visibility.FieldGroup: "owner_group",
	visibility.FieldPrivacyLevel: "privacy_level",
	"create_time":                "created", "update_time": "updated",
	visibility.FieldGroupOrNone: "COALESCE(owner_group, '')", visibility.FieldLevels: "levels",
	visibility.FieldGroupName:     `SELECT name FROM subscription_groups AS g WHERE g.tenant = subscriptions.tenant AND g.id = subscriptions.owner_group`,
	visibility.FieldPrivacyNumber: `SELECT ` + rankOfLevel + ` FROM privacy_levels AS l WHERE l.tenant = subscriptions.tenant AND l.id = subscriptions.privacy_level`,
	visibility.FieldAccountRank: `COALESCE((SELECT ` + rankOfAccount + ` FROM accounts
		WHERE accounts.tenant = subscriptions.tenant AND accounts.id = subscriptions.account), -1)`,
}

// rankOfLevel is the number of a privacy level l as PrivacyLevel.Rank returns it.
const rankOfLevel = `CASE WHEN ltrim(l.number, '0123456789') = '' AND length(l.number) BETWEEN 1 AND 18 THEN CAST(l.number AS BIGINT) END`

// subscriptionRow converts a subscription to a row of its table.
func subscriptionRow(tenant auth.Tenant, subscription *subscription.Subscription) (rows.CreateSubscriptionParams, error) {
	text, err := document(subscription)
	return rows.CreateSubscriptionParams{
		Tenant:         string(tenant),
		ID:             string(subscription.ID),
		Number:         plain(subscription.Number),
		Version:        subscription.Version,
		Document:       text,
		State:          string(subscription.State),
		Rating:         string(subscription.Rating),
		FirstActivated: optional(day(subscription.FirstActivated)),
		Account:        string(subscription.Account),
		Type:           string(subscription.Type),
		OwnerGroup:     optional(string(subscription.Group)),
		PrivacyLevel:   optional(string(subscription.PrivacyLevel)),
		Created:        subscription.Created.UnixMicro(),
		Updated:        subscription.Updated.UnixMicro(),
	}, err
}

func (r *reader) Subscription(ctx context.Context, key resource.Key) (subscription.Subscription, error) {
	found, err := one[subscription.Subscription](ctx, r, "Subscription", key, finders{resource.KeyID: r.rows.GetSubscription, resource.KeyNumber: r.rows.GetSubscriptionByNumber})
	if err == nil {
		found.Complete()
		r.parts[found.ID] = partsOf(&found)
	}
	return found, err
}

// Owned returns the subscription with a key, its account and type, and the settings.
func (r *reader) Owned(ctx context.Context, key resource.Key) (found subscription.Owned, err error) {
	var row rows.GetOwnedRow
	switch key.Name {
	case resource.KeyID:
		row, err = r.rows.GetOwned(ctx, string(r.tenant), plain(key.Value))
	case resource.KeyNumber:
		var numbered rows.GetOwnedByNumberRow
		numbered, err = r.rows.GetOwnedByNumber(ctx, string(r.tenant), plain(key.Value))
		row = rows.GetOwnedRow(numbered)
	default:
		err = fmt.Errorf("a Subscription cannot be found by %s", key.Name)
	}
	if err != nil {
		return found, notFound(err, "Subscription", key)
	}
	if found.Subscription, err = readSubscription(row.Document); err != nil {
		return found, err
	}
	r.parts[found.Subscription.ID] = partsOf(&found.Subscription)
	if found.Account, err = readShared[account.Account](r.shared, row.AccountDocument, "Account"); err != nil {
		return found, err
	}
	if found.Type, err = readShared[catalogue.SubscriptionType](r.shared, row.TypeDocument, "SubscriptionType"); err != nil {
		return found, err
	}
	found.Settings, err = readSettings(r.shared, row.SettingsDocument)
	return found, err
}

func readSubscription(text string) (read subscription.Subscription, err error) {
	if err := readDocument(text, "Subscription", &read); err != nil {
		return read, err
	}
	read.Complete()
	return read, nil
}

func (r *reader) Subscriptions(ctx context.Context, query listing.Query) ([]subscription.Subscription, error) {
	found, err := r.list(query, subscriptionColumns).ListSubscriptions(ctx, string(r.tenant))
	decoded, err := many[subscription.Subscription]("Subscription", found, err)
	for i := range decoded {
		decoded[i].Complete()
	}
	return decoded, err
}

// WithItem returns the ids of the subscriptions that have an installed item or had it.
func (r *reader) WithItem(ctx context.Context, item catalogue.ItemID) ([]subscription.ID, error) {
	found, err := r.rows.ListSubscriptionsWithPart(ctx, rows.ListSubscriptionsWithPartParams{
		Tenant: string(r.tenant), Kind: string(resource.KindInstalledItem), ID: plain(string(item)),
	})
	if err != nil {
		return nil, fmt.Errorf("listing the subscriptions with installed item %s: %w", item, err)
	}
	ids := make([]subscription.ID, len(found))
	for i, id := range found {
		ids[i] = subscription.ID(id)
	}
	return ids, nil
}
