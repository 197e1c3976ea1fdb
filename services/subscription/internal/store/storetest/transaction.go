package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// allReaderWriters is the union of the domain's store interfaces.
type allReaderWriters interface {
	books.Writer
	organisation.Writer
	subscription.Writer
}

// writer is a transaction that takes resources of any kind.
type writer struct{ allReaderWriters }

// Read runs a read transaction.
func (s Subject) Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, books.Reader) error) error {
	return s.Books.Read(ctx, tenant, do)
}

// Write runs a write transaction.
func (s Subject) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, writer) error) error {
	return s.Books.Write(ctx, by, at, func(ctx context.Context, w books.Writer) error { return do(ctx, writer{w.(allReaderWriters)}) })
}

// Locate finds a resource among those of all tenants.
func (s Subject) Locate(ctx context.Context, key resource.Key, into resource.Resource) (tenant auth.Tenant, err error) {
	switch into := into.(type) {
	case *organisation.User:
		tenant, *into, err = s.Organisations.LocateUser(ctx, key)
	case *organisation.Session:
		var found organisation.Located
		found, err = s.Organisations.LocateSession(ctx, key)
		tenant, *into = found.Tenant, found.Session
	default:
		err = fmt.Errorf("%s cannot be located", into.Kind())
	}
	return tenant, err
}

// Find reads the resource of into's kind with a key.
func (w writer) Find(ctx context.Context, key resource.Key, into resource.Resource) error {
	return findIn(ctx, w, key, into)
}

func findIn(ctx context.Context, r books.Reader, key resource.Key, into resource.Resource) (err error) {
	switch into := into.(type) {
	case *subscription.Subscription:
		*into, err = r.Subscription(ctx, key)
	case *account.Account:
		*into, err = r.Account(ctx, key)
	case *account.Contact:
		*into, err = r.Contact(ctx, key)
	case *catalogue.ActionType:
		*into, err = r.ActionType(ctx, key)
	case *catalogue.AccountClassification:
		*into, err = r.AccountClassification(ctx, key)
	case *catalogue.BillingTermScheme:
		*into, err = r.BillingTermScheme(ctx, key)
	case *catalogue.SubscriptionType:
		*into, err = r.SubscriptionType(ctx, key)
	case *catalogue.Group:
		*into, err = r.Group(ctx, key)
	case *catalogue.PrivacyLevel:
		*into, err = r.PrivacyLevel(ctx, key)
	case *catalogue.Product:
		*into, err = r.Product(ctx, key)
	case *catalogue.InstalledItem:
		*into, err = r.InstalledItem(ctx, key)
	case *organisation.Organisation:
		*into, err = r.Organisation(ctx, key)
	case *organisation.User:
		*into, err = r.User(ctx, key)
	case *organisation.Session:
		*into, err = r.Session(ctx, key)
	case *organisation.APIKey:
		*into, err = r.APIKey(ctx, key)
	case *subscription.Action:
		*into, err = r.Action(ctx, key)
	case *subscription.Settings:
		*into, err = r.Settings(ctx)
		if err == nil && into.Version == 0 {
			err = resource.Missing("Settings", key)
		}
	}
	return err
}
