// Package books imports and exports resources of all kinds.
package books

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Reader reads resources of all kinds of one tenant.
type Reader interface {
	organisation.Reader
	catalogue.Reader
	account.Reader
	Subscription(ctx context.Context, key resource.Key) (subscription.Subscription, error)
	Subscriptions(ctx context.Context, query listing.Query) ([]subscription.Subscription, error)
	Action(ctx context.Context, key resource.Key) (subscription.Action, error)
	Actions(ctx context.Context, query listing.Query) ([]subscription.Action, error)
	Pending(ctx context.Context, of subscription.ID) ([]subscription.Action, error)
	Settings(ctx context.Context) (subscription.Settings, error)
}

// Writer creates resources of all kinds of one tenant.
type Writer interface {
	Reader
	subscription.Writer
}

// Service imports and exports resources.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service on a store that takes the time from clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// exportPage is the number of resources read at a time.
const exportPage = 500

// Export sends the resources of a tenant from one snapshot, each after those it refers to.
func (s *Service) Export(ctx context.Context, tenant auth.Tenant, send func(resource.Resource) error) error {
	return s.Store.Stream(ctx, tenant, func(ctx context.Context, r Reader) error {
		for _, kind := range exported {
			list := func(ctx context.Context, query listing.Query) ([]resource.Resource, error) {
				return kind.list(ctx, r, query)
			}
			byName := listing.Query{Order: []listing.Order{{Field: "name"}}, Limit: exportPage}
			sendMeant := func(r resource.Resource) error {
				if kind.only != nil && !kind.only(r) {
					return nil
				}
				return send(r)
			}
			if err := listing.Each(ctx, list, byName, func(r resource.Resource) any { return r.Key() }, sendMeant); err != nil {
				return err
			}
		}
		return nil
	})
}

// list reads the resources of a kind that match a query.
type list func(ctx context.Context, r Reader, query listing.Query) ([]resource.Resource, error)

func listOf[T any, P resource.Pointer[T]](read func(Reader, context.Context, listing.Query) ([]T, error)) list {
	return func(ctx context.Context, r Reader, query listing.Query) ([]resource.Resource, error) {
		found, err := read(r, ctx, query)
		resources := make([]resource.Resource, len(found))
		for i := range found {
			resources[i] = P(&found[i])
		}
		return resources, err
	}
}
