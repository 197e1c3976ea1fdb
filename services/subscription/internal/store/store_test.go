package store_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/storetest"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

func TestStore(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		storetest.Run(t, storetest.Subject{
			Store: store.New(db, api.Message),
			Feed: func(t testing.TB, tenant auth.Tenant) (entries []feed.Entry) {
				err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
					entries, err = feed.Read(ctx, tx, tenant, feed.Position{}, feed.Filter{}, 1000)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				return entries
			},
		})
	})
}

// TestConcurrentUpdatesLoseNothing lets many callers change different fields of one subscription at
// once.
func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		kept := store.New(db, api.Message)
		service := subscription.NewService(kept.Subscriptions, clock.System{})
		ctx := auth.With(t.Context(), auth.Principal{Tenant: auth.DefaultTenant, Actor: "test"})
		err := books.NewService(kept.Books, clock.System{}).Load(ctx, &account.Account{ID: "a", Number: "1"}, &catalogue.SubscriptionType{ID: "t", Name: "T"},
			&subscription.Subscription{ID: "s", Number: "S", Account: "a", Type: "t"})
		if err != nil {
			t.Fatal(err)
		}
		var group errgroup.Group
		for field := range userfield.StringFields {
			group.Go(func() error {
				update := subscription.Update{Target: subscription.Target{Subscription: resource.Reference{Keys: []resource.Key{{Name: resource.KeyNumber, Value: "S"}}}}}
				update.Fields.Strings[field] = userfield.Set("changed")
				_, err := service.Apply(ctx, update)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		subscription, err := service.Get(ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		for i, value := range subscription.Fields.Strings {
			if value == nil {
				t.Errorf("the change to field %d is lost", i+1)
			}
		}
		if subscription.Version != userfield.StringFields+1 {
			t.Errorf("got version %d", subscription.Version)
		}
	})
}

// TestLevelsFollowConcurrentChanges lets accounts change their privacy levels while subscriptions are created for them, moved to them and
// given levels of their own: what lists look at must be what the subscriptions and accounts say in the end.
func TestLevelsFollowConcurrentChanges(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := begin(t, db)
		l.load(t, &account.Account{ID: "b", Number: "2"}, &catalogue.PrivacyLevel{ID: "low", Number: "1"}, &catalogue.PrivacyLevel{ID: "high", Number: "2"})
		for i := range 4 {
			l.draft(t, fmt.Sprint("moved", i))
		}
		levels := []catalogue.PrivacyLevelID{"", "low", "high"}
		var group errgroup.Group
		for i := range 4 {
			group.Go(func() error {
				for n := range 10 {
					if _, err := l.accounts.Update(l.ctx, []account.ID{"a", "b"}[i%2], "", func(of *account.Account) error {
						of.PrivacyLevel = levels[(i+n)%len(levels)]
						return nil
					}); err != nil {
						return err
					}
					if _, err := l.service.Create(l.ctx, subscription.New{Subscription: subscription.Subscription{Number: fmt.Sprintf("new %d %d", i, n), Account: "a", Type: "t"}}); err != nil {
						return err
					}
					if _, err := l.service.Update(l.ctx, subscription.ID(fmt.Sprint("moved", i)), "", func(of *subscription.Subscription) error {
						of.Account, of.PrivacyLevel = []account.ID{"a", "b"}[n%2], levels[n/2%len(levels)]
						return nil
					}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			var wrong, all int
			err := tx.QueryRowContext(ctx, `SELECT count(*), count(CASE WHEN s.levels <> COALESCE(s.privacy_level, '') || '/' || COALESCE(a.privacy_level, '') THEN 1 END)
				FROM subscriptions AS s JOIN accounts AS a ON a.tenant = s.tenant AND a.id = s.account`).Scan(&all, &wrong)
			if wrong > 0 || all != 44 {
				t.Errorf("%d of %d subscriptions, want 44, have other levels than they and their accounts say", wrong, all)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkAccountLevel measures how long an account with 1000 subscriptions takes to get another privacy level.
func BenchmarkAccountLevel(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			db := databasetest.Open(b, databasetest.Migrated(b, engine, store.Migrations()), store.Migrations())
			l := begin(b, db)
			l.load(b, &catalogue.PrivacyLevel{ID: "low", Number: "1"})
			databasetest.Execute(b, db, databasetest.Numbers...)
			databasetest.Execute(b, db, `INSERT INTO subscriptions (tenant, id, number, version, document, state, account, type)
				SELECT 'default', 'S' || n, 'S' || n, 1, '{}', 'EFFECTIVE', 'a', 't' FROM numbers WHERE n <= 1000`)
			levels := []catalogue.PrivacyLevelID{"low", ""}
			n := 0
			for b.Loop() {
				if _, err := l.accounts.Update(l.ctx, "a", "", func(of *account.Account) error {
					of.PrivacyLevel = levels[n%2]
					return nil
				}); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

// BenchmarkStoreUpdate measures the vendor's update of a subscription without network and token: a
// durable transaction that finds the subscription, its group, account and type, and writes it with
// its feed entry.
func BenchmarkStoreUpdate(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			const subscriptions = 1000
			kept := store.New(databasetest.Open(b, databasetest.Migrated(b, engine, store.Migrations()), store.Migrations()), api.Message)
			service := subscription.NewService(kept.Subscriptions, clock.System{})
			ctx := auth.With(b.Context(), auth.Principal{Tenant: auth.DefaultTenant, Actor: "benchmark"})
			resources := []resource.Resource{
				&account.Account{ID: "a", Number: "1"}, &catalogue.SubscriptionType{ID: "t", Name: "T"}, &catalogue.Group{ID: "g", Name: "Group"},
				&catalogue.Product{ID: "p", Code: "P"},
			}
			for i := range subscriptions {
				resources = append(resources, &subscription.Subscription{Number: fmt.Sprint(i), Account: "a", Type: "t", Services: []subscription.SubscribedService{{Product: "p"}, {Product: "p"}}})
			}
			if err := books.NewService(kept.Books, clock.System{}).Load(ctx, resources...); err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				_, err := service.Apply(ctx, subscription.Update{
					Target: subscription.Target{Subscription: resource.Reference{Keys: []resource.Key{{Name: resource.KeyNumber, Value: fmt.Sprint(n % subscriptions)}}}},
					Group:  &resource.Reference{Keys: []resource.Key{{Name: resource.KeyNameText, Value: "Group"}}},
					Notes:  userfield.Set(fmt.Sprintf("change %d", n)),
				})
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

// BenchmarkAct measures an action that is done at once, of one subscription of 1000 after the other: each is deactivated and activated in turn.
func BenchmarkAct(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			const subscriptions = 1000
			l := begin(b, databasetest.Open(b, databasetest.Migrated(b, engine, store.Migrations()), store.Migrations()))
			for i := range subscriptions {
				l.load(b, &subscription.Subscription{ID: subscription.ID(fmt.Sprint(i)), Number: fmt.Sprint(i), State: subscription.Effective, Account: "a", Type: "t",
					Services: []subscription.SubscribedService{{ID: "1", Product: "p", ServiceLife: subscription.ServiceLife{State: subscription.Effective}}}})
			}
			n := 0
			for b.Loop() {
				by := []lifecycle.Operation{lifecycle.Deactivate, lifecycle.Activate}[n/subscriptions%2]
				l.act(b, order(fmt.Sprint(n%subscriptions), by))
				n++
			}
		})
	}
}
