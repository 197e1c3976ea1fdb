package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// SubscriptionReader reads the subscriptions of one tenant and what they refer to. What has a key is found by it; a NotFound
// fault says that there is none.
type SubscriptionReader interface {
	// Subscription is the subscription that has a key: its id or its number.
	Subscription(ctx context.Context, key Key) (Subscription, error)
	// Subscriptions are those that a query asks for.
	Subscriptions(ctx context.Context, query listing.Query) ([]Subscription, error)
	// Account is the account that has a key.
	Account(ctx context.Context, key Key) (Account, error)
	// SubscriptionType is the subscription type that has a key.
	SubscriptionType(ctx context.Context, key Key) (SubscriptionType, error)
	// Group is the group that has a key.
	Group(ctx context.Context, key Key) (Group, error)
	// PrivacyLevel is the privacy level that has a key.
	PrivacyLevel(ctx context.Context, key Key) (PrivacyLevel, error)
	// Product is the product that has a key.
	Product(ctx context.Context, key Key) (Product, error)
	// InstalledItem is the installed item that has a key.
	InstalledItem(ctx context.Context, key Key) (InstalledItem, error)
}

// SubscriptionWriter reads and changes the subscriptions of one tenant. Each change adds its entry to the change feed.
type SubscriptionWriter interface {
	SubscriptionReader
	mutation.Writer
	// CreateSubscription adds a subscription as its first version. An AlreadyExists fault if its id or number is taken.
	CreateSubscription(ctx context.Context, subscription *Subscription) error
	// UpdateSubscription replaces a subscription and raises its version. A Conflict fault if the version it was read at is no
	// longer the present one, an AlreadyExists fault if its number is taken.
	UpdateSubscription(ctx context.Context, subscription *Subscription) error
}

// SubscriptionService is what can be done with subscriptions.
type SubscriptionService struct {
	mutation.Service[SubscriptionReader, SubscriptionWriter]
}

// NewSubscriptionService is the service over a store.
func NewSubscriptionService(store mutation.Store[SubscriptionReader, SubscriptionWriter], clock clock.Clock) *SubscriptionService {
	return &SubscriptionService{mutation.Service[SubscriptionReader, SubscriptionWriter]{Store: store, Clock: clock}}
}

// Create adds a subscription, filling what it leaves open.
func (s *SubscriptionService) Create(ctx context.Context, subscription Subscription, options ...mutation.Option) (Subscription, error) {
	return mutation.Create(ctx, s.Service, subscription, func(ctx context.Context, w SubscriptionWriter, subscription *Subscription) error {
		if err := subscription.Prepare(ctx, w, w.Now()); err != nil {
			return err
		}
		return w.CreateSubscription(ctx, subscription)
	}, options...)
}

// Get is the subscription with an id.
func (s *SubscriptionService) Get(ctx context.Context, id SubscriptionID) (Subscription, error) {
	return mutation.Get(ctx, s.Service, "subscription", SubscriptionReader.Subscription, Key{KeyID, string(id)})
}

// List is the subscriptions that a query asks for.
func (s *SubscriptionService) List(ctx context.Context, query listing.Query) ([]Subscription, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r SubscriptionReader) ([]Subscription, error) {
		return r.Subscriptions(ctx, query)
	})
}
