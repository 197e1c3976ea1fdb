package domain

import (
	"context"
	"fmt"
	"time"
)

// movable are the kinds of resource that are exported, each after those it refers to. A session is not: it ends where it was
// opened.
var movable = []struct {
	kind Kind
	list list
}{
	{KindOrganisation, listOf(BulkReader.Organisations)},
	{KindUser, listOf(BulkReader.Users)},
	{KindSubscriptionType, listOf(BulkReader.SubscriptionTypes)},
	{KindGroup, listOf(BulkReader.Groups)},
	{KindPrivacyLevel, listOf(BulkReader.PrivacyLevels)},
	{KindProduct, listOf(BulkReader.Products)},
	{KindInstalledItem, listOf(BulkReader.InstalledItems)},
	{KindAccount, listOf(BulkReader.Accounts)},
	{KindSubscription, listOf(BulkReader.Subscriptions)},
}

// find is the resource of a kind that has a key.
func find(ctx context.Context, r BulkReader, kind Kind, key Key) (Resource, error) {
	switch kind {
	case KindOrganisation:
		return found(r.Organisation(ctx, key))
	case KindUser:
		return found(r.User(ctx, key))
	case KindSubscriptionType:
		return found(r.SubscriptionType(ctx, key))
	case KindGroup:
		return found(r.Group(ctx, key))
	case KindPrivacyLevel:
		return found(r.PrivacyLevel(ctx, key))
	case KindProduct:
		return found(r.Product(ctx, key))
	case KindInstalledItem:
		return found(r.InstalledItem(ctx, key))
	case KindAccount:
		return found(r.Account(ctx, key))
	case KindSubscription:
		return found(r.Subscription(ctx, key))
	}
	return nil, fmt.Errorf("%s are not imported", kind)
}

func found[T any, P interface {
	*T
	Resource
}](resource T, err error) (Resource, error) {
	return P(&resource), err
}

// create adds a resource, filling what it leaves open.
func create(ctx context.Context, w BulkWriter, resource Resource) error {
	if err := prepare(ctx, w, resource); err != nil {
		return err
	}
	switch r := resource.(type) {
	case *Organisation:
		return w.CreateOrganisation(ctx, r)
	case *User:
		return w.CreateUser(ctx, r)
	case *Session:
		return w.CreateSession(ctx, r)
	case *SubscriptionType:
		return w.CreateSubscriptionType(ctx, r)
	case *Group:
		return w.CreateGroup(ctx, r)
	case *PrivacyLevel:
		return w.CreatePrivacyLevel(ctx, r)
	case *Product:
		return w.CreateProduct(ctx, r)
	case *InstalledItem:
		return w.CreateInstalledItem(ctx, r)
	case *Account:
		return w.CreateAccount(ctx, r)
	case *Subscription:
		return w.CreateSubscription(ctx, r)
	}
	return fmt.Errorf("%s are not created", resource.Kind())
}

// prepare fills what a resource leaves open and checks it, as a new one.
func prepare(ctx context.Context, w BulkWriter, resource Resource) error {
	switch r := resource.(type) {
	case interface{ Prepare() }:
		r.Prepare()
	case interface{ Prepare(at time.Time) }:
		r.Prepare(w.Now())
	case *User:
		return r.Prepare(ctx, w)
	case *Session:
		return r.Prepare(ctx, w, w.Now())
	case *Subscription:
		return r.Prepare(ctx, w, w.Now())
	}
	return nil
}

// adopt fills what a resource leaves open and a new one would be given at random or by the clock with what is there.
func adopt(resource, present Resource) {
	switch r := resource.(type) {
	case *SubscriptionType:
		there := present.(*SubscriptionType).Log
		if r.Log.Created.IsZero() {
			r.Log.Created = there.Created
		}
		if r.Log.Updated.IsZero() {
			r.Log.Updated = there.Updated
		}
	case *Account:
		Fill(&r.Owner.ID, func() string { return present.(*Account).Owner.ID })
	case *Subscription:
		there := present.(*Subscription)
		if r.FirstActivated.IsZero() && r.State == there.State {
			r.FirstActivated = there.FirstActivated
		}
		if r.Notes == nil && there.Notes != nil && *there.Notes == "" {
			r.Notes = there.Notes
		}
		for i := range min(len(r.Services), len(there.Services)) {
			Fill(&r.Services[i].ID, func() string { return there.Services[i].ID })
		}
		for i := range min(len(r.Items), len(there.Items)) {
			Fill(&r.Items[i].ID, func() string { return there.Items[i].ID })
		}
	}
}
