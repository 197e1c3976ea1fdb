package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// subscriptionColumns maps the fields of the subscription list to columns.
var subscriptionColumns = map[string]string{"name": "id", "number": "number"}

// subscriptionRow converts a subscription to a row of its table.
func subscriptionRow(tenant auth.Tenant, subscription *subscription.Subscription) (rows.CreateSubscriptionParams, error) {
	text, err := document(subscription)
	return rows.CreateSubscriptionParams{
		Tenant:   string(tenant),
		ID:       string(subscription.ID),
		Number:   subscription.Number,
		Version:  subscription.Version,
		Document: text,
	}, err
}

func (r *reader) Subscription(ctx context.Context, key resource.Key) (subscription.Subscription, error) {
	return one[subscription.Subscription](ctx, r, "Subscription", key, finders{resource.KeyID: r.rows.GetSubscription, resource.KeyNumber: r.rows.GetSubscriptionByNumber})
}

func (r *reader) Subscriptions(ctx context.Context, query listing.Query) ([]subscription.Subscription, error) {
	found, err := rows.New(r.tx.List(query, subscriptionColumns)).ListSubscriptions(ctx, string(r.tenant))
	return many[subscription.Subscription]("Subscription", found, err)
}

func (w *writer) CreateSubscription(ctx context.Context, subscription *subscription.Subscription) error {
	subscription.Revision = w.first()
	row, err := subscriptionRow(w.tenant, subscription)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateSubscription(ctx, row)
	return w.created(ctx, subscription, created, err)
}

func (w *writer) UpdateSubscription(ctx context.Context, subscription *subscription.Subscription) error {
	subscription.Revision = w.next(subscription.Revision)
	row, err := subscriptionRow(w.tenant, subscription)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdateSubscription(ctx, rows.UpdateSubscriptionParams(row))
	return w.updated(ctx, subscription, updated, err)
}
