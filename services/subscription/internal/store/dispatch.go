package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// Find reads the resource of into's kind that has the key.
func (r *reader) Find(ctx context.Context, key domain.Key, into domain.Resource) (err error) {
	switch into := into.(type) {
	case *domain.Subscription:
		*into, err = r.Subscription(ctx, key)
	case *domain.Account:
		*into, err = r.Account(ctx, key)
	case *domain.SubscriptionType:
		*into, err = r.SubscriptionType(ctx, key)
	case *domain.Group:
		*into, err = r.Group(ctx, key)
	case *domain.PrivacyLevel:
		*into, err = r.PrivacyLevel(ctx, key)
	case *domain.Product:
		*into, err = r.Product(ctx, key)
	case *domain.InstalledItem:
		*into, err = r.InstalledItem(ctx, key)
	case *domain.Organisation:
		*into, err = r.Organisation(ctx, key)
	case *domain.User:
		*into, err = r.User(ctx, key)
	case *domain.Session:
		*into, err = r.Session(ctx, key)
	default:
		err = fmt.Errorf("there is no table of %s", into.Kind())
	}
	return err
}

// List reads up to limit resources in the order of their ids, beginning after an id.
func (r *reader) List(ctx context.Context, kind domain.Kind, after string, limit int, next func() domain.Resource) error {
	query := listing.Query{Order: []listing.Order{{Field: "name"}}, Limit: limit}
	if after != "" {
		query.After = listing.Cursor{after}
	}
	switch kind {
	case domain.KindSubscription:
		return list(ctx, next, query, r.Subscriptions)
	case domain.KindAccount:
		return list(ctx, next, query, r.Accounts)
	case domain.KindSubscriptionType:
		return list(ctx, next, query, r.SubscriptionTypes)
	case domain.KindGroup:
		return list(ctx, next, query, r.Groups)
	case domain.KindPrivacyLevel:
		return list(ctx, next, query, r.PrivacyLevels)
	case domain.KindProduct:
		return list(ctx, next, query, r.Products)
	case domain.KindInstalledItem:
		return list(ctx, next, query, r.InstalledItems)
	case domain.KindOrganisation:
		return list(ctx, next, query, r.Organisations)
	case domain.KindUser:
		return list(ctx, next, query, r.Users)
	}
	return fmt.Errorf("there is no list of %s", kind)
}

func list[T any](ctx context.Context, next func() domain.Resource, query listing.Query, read func(context.Context, listing.Query) ([]T, error)) error {
	found, err := read(ctx, query)
	for i := range found {
		*any(next()).(*T) = found[i] //nolint:forcetypeassert // who lists a kind takes its resources
	}
	return err
}

// Create adds a resource and its entry in the change feed.
func (w *writer) Create(ctx context.Context, resource domain.Resource) error {
	switch resource := resource.(type) {
	case *domain.Subscription:
		return w.CreateSubscription(ctx, resource)
	case *domain.Account:
		return w.CreateAccount(ctx, resource)
	case *domain.SubscriptionType:
		return w.CreateSubscriptionType(ctx, resource)
	case *domain.Group:
		return w.CreateGroup(ctx, resource)
	case *domain.PrivacyLevel:
		return w.CreatePrivacyLevel(ctx, resource)
	case *domain.Product:
		return w.CreateProduct(ctx, resource)
	case *domain.InstalledItem:
		return w.CreateInstalledItem(ctx, resource)
	case *domain.Organisation:
		return w.CreateOrganisation(ctx, resource)
	case *domain.User:
		return w.CreateUser(ctx, resource)
	case *domain.Session:
		return w.CreateSession(ctx, resource)
	}
	return fmt.Errorf("there is no table of %s", resource.Kind())
}

// Update replaces a resource and adds its entry in the change feed.
func (w *writer) Update(ctx context.Context, resource domain.Resource) error {
	switch resource := resource.(type) {
	case *domain.Subscription:
		return w.UpdateSubscription(ctx, resource)
	case *domain.Account:
		return w.UpdateAccount(ctx, resource)
	case *domain.SubscriptionType:
		return w.UpdateSubscriptionType(ctx, resource)
	case *domain.Group:
		return w.UpdateGroup(ctx, resource)
	case *domain.PrivacyLevel:
		return w.UpdatePrivacyLevel(ctx, resource)
	case *domain.Product:
		return w.UpdateProduct(ctx, resource)
	case *domain.InstalledItem:
		return w.UpdateInstalledItem(ctx, resource)
	case *domain.Organisation:
		return w.UpdateOrganisation(ctx, resource)
	case *domain.User:
		return w.UpdateUser(ctx, resource)
	}
	return fmt.Errorf("%s are not updated", resource.Kind())
}
