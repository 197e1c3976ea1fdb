package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// withService finds which subscriptions have a service with an id, at most so many, after changes in the same transaction too.
func withService(t *testing.T, store Subject, by auth.Principal) {
	has := func(id subscription.ID, services ...string) *subscription.Subscription {
		made := &subscription.Subscription{ID: id, Number: string(id)}
		for _, service := range services {
			made.Services = append(made.Services, subscription.SubscribedService{ID: service, Product: "x"})
		}
		return made
	}
	create(t, store, by, has("one", "x", "y"), has("two", "x"), has("none"))
	create(t, store, auth.Principal{Tenant: by.Tenant + " other", Actor: by.Actor}, has("other", "x", "z"))
	expect := func(ctx context.Context, r subscription.Reader, service string, want ...subscription.ID) error {
		found, err := r.WithService(ctx, service, 2)
		if slices.Sort(found); !slices.Equal(found, want) {
			t.Errorf("with %s: got %v, want %v", service, found, want)
		}
		if most, limited := r.WithService(ctx, service, 1); limited != nil || len(most) != min(1, len(want)) {
			t.Errorf("at most one with %s: got %v, %v", service, most, limited)
		}
		return err
	}
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		if err := errors.Join(expect(ctx, w, "x", "one", "two"), expect(ctx, w, "y", "one"), expect(ctx, w, "z")); err != nil {
			return err
		}
		one, err := w.Subscription(ctx, resource.ByID("one"))
		if err != nil {
			return err
		}
		one.Services = append(one.Services[:1], subscription.SubscribedService{ID: "new", Product: "y"})
		unread := has("two", "v") // of which the transaction has not read what it had
		unread.Revision = firstOf(t, store, by, "two")
		if err := errors.Join(w.Update(ctx, &one), w.Update(ctx, unread)); err != nil {
			return err
		}
		referrers, err := referring(ctx, w, &catalogue.Product{ID: "y"})
		if err != nil || !strings.HasPrefix(referrers, "{subscriptions 1}") {
			t.Errorf("got %s, %v, want one subscription with the product", referrers, err)
		}
		return errors.Join(expect(ctx, w, "x", "one"), expect(ctx, w, "y"), expect(ctx, w, "new", "one"), expect(ctx, w, "v", "two"))
	})
}

// firstOf returns the versions of a subscription.
func firstOf(t *testing.T, store Subject, by auth.Principal, id string) mutation.Revision {
	t.Helper()
	var stored subscription.Subscription
	if err := find(t, store, by.Tenant, resource.ByID(subscription.ID(id)), &stored); err != nil {
		t.Fatal(err)
	}
	return stored.Revision
}

// withItem finds where installed items are and were, after changes in the same transaction too.
func withItem(t *testing.T, store Subject, by auth.Principal) {
	has := func(id subscription.ID, items ...catalogue.ItemID) *subscription.Subscription {
		made := &subscription.Subscription{ID: id, Number: string(id)}
		for _, item := range items {
			made.Items = append(made.Items, subscription.Installation{ID: string(item), Item: item})
		}
		return made
	}
	had := has("had")
	had.PastItems = []subscription.PastInstallation{{ID: "1", Item: "x"}}
	create(t, store, by, has("one", "x", "y"), has("two", "x"), had, has("none"))
	create(t, store, auth.Principal{Tenant: by.Tenant + " other", Actor: by.Actor}, has("other", "x", "z"))
	expect := func(ctx context.Context, r subscription.Reader, item catalogue.ItemID, want ...subscription.ID) error {
		found, err := r.WithItem(ctx, item)
		if slices.Sort(found); !slices.Equal(found, want) {
			t.Errorf("with %s: got %v, want %v", item, found, want)
		}
		return err
	}
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		if err := errors.Join(expect(ctx, w, "x", "had", "one", "two"), expect(ctx, w, "y", "one"), expect(ctx, w, "z")); err != nil {
			return err
		}
		one, err := w.Subscription(ctx, resource.ByID("one"))
		if err != nil {
			return err
		}
		one.Items = one.Items[:1]
		if err := errors.Join(w.Update(ctx, &one), w.Create(ctx, has("new", "z"))); err != nil {
			return err
		}
		return errors.Join(expect(ctx, w, "y"), expect(ctx, w, "z", "new"))
	})
}
