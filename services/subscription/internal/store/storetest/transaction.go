package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// everything is what a transaction of the store can do.
type everything interface {
	domain.BulkWriter
	domain.OrganisationWriter
	domain.SubscriptionWriter
}

// writer is a transaction whose resources are of any kind.
type writer struct{ everything }

// Read reads in one transaction.
func (s Subject) Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, domain.BulkReader) error) error {
	return s.Bulk.Read(ctx, tenant, do)
}

// Write writes in one transaction.
func (s Subject) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, writer) error) error {
	return s.Bulk.Write(ctx, by, at, func(ctx context.Context, w domain.BulkWriter) error { return do(ctx, writer{w.(everything)}) })
}

// Locate finds a resource among all tenants'.
func (s Subject) Locate(ctx context.Context, key domain.Key, into domain.Resource) (tenant auth.Tenant, err error) {
	switch into := into.(type) {
	case *domain.User:
		tenant, *into, err = s.Organisations.LocateUser(ctx, key)
	case *domain.Session:
		tenant, *into, err = s.Organisations.LocateSession(ctx, key)
	default:
		err = fmt.Errorf("%s are not located", into.Kind())
	}
	return tenant, err
}

// Find reads the resource of into's kind that has a key.
func (w writer) Find(ctx context.Context, key domain.Key, into domain.Resource) error {
	return findIn(ctx, w, key, into)
}

func findIn(ctx context.Context, r domain.BulkReader, key domain.Key, into domain.Resource) (err error) {
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
	}
	return err
}

// Create adds a resource.
func (w writer) Create(ctx context.Context, resource domain.Resource) error {
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
	return fmt.Errorf("%s are not created", resource.Kind())
}
