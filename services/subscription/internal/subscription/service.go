package subscription

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Reader reads the subscriptions of one tenant and what they refer to. What has a key is found by it; a NotFound
// fault says that there is none.
type Reader interface {
	// Subscription is the subscription that has a key: its id or its number.
	Subscription(ctx context.Context, key resource.Key) (Subscription, error)
	// Subscriptions are those that a query asks for.
	Subscriptions(ctx context.Context, query listing.Query) ([]Subscription, error)
	// Account is the account that has a key.
	Account(ctx context.Context, key resource.Key) (account.Account, error)
	// SubscriptionType is the subscription type that has a key.
	SubscriptionType(ctx context.Context, key resource.Key) (catalogue.SubscriptionType, error)
	// Group is the group that has a key.
	Group(ctx context.Context, key resource.Key) (catalogue.Group, error)
	// PrivacyLevel is the privacy level that has a key.
	PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error)
	// Product is the product that has a key.
	Product(ctx context.Context, key resource.Key) (catalogue.Product, error)
	// InstalledItem is the installed item that has a key.
	InstalledItem(ctx context.Context, key resource.Key) (catalogue.InstalledItem, error)
}

// Writer reads and changes the subscriptions of one tenant. Each change adds its entry to the change feed.
type Writer interface {
	Reader
	mutation.Writer
	// CreateSubscription adds a subscription as its first version. An AlreadyExists fault if its id or number is taken.
	CreateSubscription(ctx context.Context, subscription *Subscription) error
	// UpdateSubscription replaces a subscription and raises its version. A Conflict fault if the version it was read at is no
	// longer the present one, an AlreadyExists fault if its number is taken.
	UpdateSubscription(ctx context.Context, subscription *Subscription) error
}

// Service is what can be done with subscriptions.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService is the service over a store.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create adds a subscription, filling what it leaves open.
func (s *Service) Create(ctx context.Context, subscription Subscription, options ...mutation.Option) (Subscription, error) {
	return mutation.Create(ctx, s.Service, subscription, func(ctx context.Context, w Writer, subscription *Subscription) error {
		if err := subscription.Prepare(ctx, w, w.Now()); err != nil {
			return err
		}
		return w.CreateSubscription(ctx, subscription)
	}, options...)
}

// Get is the subscription with an id.
func (s *Service) Get(ctx context.Context, id ID) (Subscription, error) {
	return mutation.Get(ctx, s.Service, "subscription", Reader.Subscription, resource.ByID(id))
}

// List is the subscriptions that a query asks for.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Subscription, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Subscription, error) {
		return r.Subscriptions(ctx, query)
	})
}
