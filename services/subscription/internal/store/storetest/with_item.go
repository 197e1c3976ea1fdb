package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

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
