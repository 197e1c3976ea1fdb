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

// Reader reads the subscriptions of one tenant and what they refer to. If no resource has a key,
// the error is a NotFound fault.
type Reader interface {
	// Subscription returns the subscription with a key: its id or number.
	Subscription(ctx context.Context, key resource.Key) (Subscription, error)
	// Subscriptions returns the subscriptions that match a query.
	Subscriptions(ctx context.Context, query listing.Query) ([]Subscription, error)
	// Account returns the account with a key.
	Account(ctx context.Context, key resource.Key) (account.Account, error)
	// SubscriptionType returns the subscription type with a key.
	SubscriptionType(ctx context.Context, key resource.Key) (catalogue.SubscriptionType, error)
	// Group returns the group with a key.
	Group(ctx context.Context, key resource.Key) (catalogue.Group, error)
	// PrivacyLevel returns the privacy level with a key.
	PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error)
	// Product returns the product with a key.
	Product(ctx context.Context, key resource.Key) (catalogue.Product, error)
	// InstalledItem returns the installed item with a key.
	InstalledItem(ctx context.Context, key resource.Key) (catalogue.InstalledItem, error)
}

// Writer reads and writes the subscriptions of one tenant. Every write adds an entry to the change
// feed.
type Writer interface {
	Reader
	mutation.Writer
	// CreateSubscription adds a subscription as version 1, or returns an AlreadyExists fault if its
	// id or number exists.
	CreateSubscription(ctx context.Context, subscription *Subscription) error
	// UpdateSubscription replaces a subscription and raises its version. It returns a Conflict
	// fault if the subscription was changed since it was read, and an AlreadyExists fault if
	// another one has its number.
	UpdateSubscription(ctx context.Context, subscription *Subscription) error
}

// Service offers the operations on subscriptions.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service on a store that takes the time from clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create adds a subscription with defaults for what is not set.
func (s *Service) Create(ctx context.Context, subscription Subscription, options ...mutation.Option) (Subscription, error) {
	return mutation.Create(ctx, s.Service, subscription, func(ctx context.Context, w Writer, subscription *Subscription) error {
		if err := subscription.Prepare(ctx, w, w.Now()); err != nil {
			return err
		}
		return w.CreateSubscription(ctx, subscription)
	}, options...)
}

// Get returns one subscription.
func (s *Service) Get(ctx context.Context, id ID) (Subscription, error) {
	return mutation.Get(ctx, s.Service, "subscription", Reader.Subscription, resource.ByID(id))
}

// List returns the subscriptions that match a query.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Subscription, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Subscription, error) {
		return r.Subscriptions(ctx, query)
	})
}
