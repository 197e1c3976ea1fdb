package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// madeAnew reads a subscription, deletes it, makes it anew with other values and updates it to what was read, in one transaction. Lists must then find it by
// those values, although they are the ones that the transaction has read.
func madeAnew(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by, every(by.Tenant)...)
	for how, read := range map[string]func(context.Context, writer) (subscription.Subscription, error){
		"alone": func(ctx context.Context, w writer) (subscription.Subscription, error) {
			return w.Subscription(ctx, resource.ByID("s"))
		},
		"with its account": func(ctx context.Context, w writer) (subscription.Subscription, error) {
			owned, err := w.Owned(ctx, resource.Key{Name: resource.KeyNumber, Value: "S1"})
			return owned.Subscription, err
		},
	} {
		write(t, store, by, later, func(ctx context.Context, w writer) error {
			before, err := read(ctx, w)
			if err != nil {
				return err
			}
			anew := subscription.Subscription{ID: before.ID, Number: "S9", Account: before.Account, Type: before.Type, State: subscription.Draft}
			if err := errors.Join(w.Delete(ctx, &before), w.Create(ctx, &anew)); err != nil {
				return err
			}
			before.Revision = anew.Revision
			return w.Update(ctx, &before)
		})
		for field, value := range map[string]string{"number": "S1", "state": string(subscription.Effective), "group": "g", "privacy_level": "l"} {
			ids, err := store.list(t, by.Tenant, resource.KindSubscription, listing.Query{Where: listing.Is(field, value)})
			if err != nil || !slices.Equal(ids, []string{"s"}) {
				t.Errorf("read %s: with %s %s: got %v, %v", how, field, value, ids, err)
			}
		}
		write(t, store, by, later, func(ctx context.Context, w writer) error {
			found, err := w.WithService(ctx, "1", 2)
			if !slices.Equal(found, []subscription.ID{"s"}) {
				t.Errorf("read %s: with its service: got %v", how, found)
			}
			return err
		})
	}
}
