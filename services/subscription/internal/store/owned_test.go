package store_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// TestUpdatesByNumberAndBetween updates a subscription by its number, as CRM.COM's callers do, with a change by its id between, and by a number that is spelled
// otherwise. Each is to find what the one before has left.
func TestUpdatesByNumberAndBetween(t *testing.T) {
	const composed, decomposed = "\u00e9", "e\u0301"
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := begin(t, db)
		l.load(t, &subscription.Subscription{ID: "x", Number: composed, State: subscription.Draft, Account: "a", Type: "t"})
		by := func(key resource.Key) func(notes string) (subscription.Subscription, error) {
			return func(notes string) (subscription.Subscription, error) {
				update := subscription.Update{Target: subscription.Target{Subscription: resource.Reference{Field: "x", Keys: []resource.Key{key}}}}
				update.Notes = userfield.Set(notes)
				applied, err := l.service.Apply(l.ctx, update)
				return applied.Subscription, err
			}
		}
		patched := func(notes string) (subscription.Subscription, error) {
			return l.service.Update(l.ctx, "x", "", func(s *subscription.Subscription) error {
				s.Notes = &notes
				return nil
			})
		}
		numbered, spelled, identified := by(resource.Key{Name: resource.KeyNumber, Value: composed}), by(resource.Key{Name: resource.KeyNumber, Value: decomposed}),
			by(resource.Key{Name: resource.KeyID, Value: "x"})
		before := int64(0)
		for i, update := range []func(string) (subscription.Subscription, error){
			numbered, numbered, patched, numbered, spelled, spelled, patched, patched, spelled, numbered, identified, numbered, identified, patched, spelled,
		} {
			got, err := update(string(rune('a' + i)))
			if err != nil {
				t.Fatalf("update %d: %v", i, err)
			}
			if got.Notes == nil || *got.Notes != string(rune('a'+i)) || i > 0 && got.Version != before+1 {
				t.Errorf("update %d left version %d after %d with notes %v", i, got.Version, before, got.Notes)
			}
			before = got.Version
		}
	})
}
