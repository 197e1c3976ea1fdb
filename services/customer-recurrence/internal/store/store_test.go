package store_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/storetest"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

func TestStoreConforms(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":                               func(t *testing.T) string { return databasetest.Migrated(t, database.SQLite, store.Migrations) },
		"postgres":                             func(t *testing.T) string { return databasetest.Migrated(t, database.PostgreSQL, store.Migrations) },
		"postgres with a language's collation": func(t *testing.T) string { return databasetest.MigratedInSpanish(t, store.Migrations) },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Opened {
				db := databasetest.Open(t, url(t), store.Migrations)
				stores := store.New(db, api.Message)
				return storetest.Opened{
					Store: stores.Books, Closing: stores.Closing, Plans: stores.Plans, Feed: entries(db), Message: api.Message, Agenda: store.NewAgenda(db),
				}
			})
		})
	}
}

// entries returns a function that reads a tenant's change feed from its start, in several reads.
func entries(db *database.DB) func(context.Context, auth.Tenant) ([]feed.Entry, error) {
	return func(ctx context.Context, tenant auth.Tenant) (all []feed.Entry, err error) {
		var position feed.Position
		for {
			var some []feed.Entry
			err := db.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
				some, err = feed.Read(ctx, tx, tenant, position, feed.Filter{}, 10)
				return err
			})
			if err != nil || len(some) == 0 {
				return all, err
			}
			all, position = append(all, some...), some[len(some)-1].Position
		}
	}
}

// BenchmarkStoreUpdate measures the store's part of updating a recurrence: the new state, the
// change and both feed entries, in one durable transaction.
func BenchmarkStoreUpdate(b *testing.B) {
	ctx, by := context.Background(), auth.Principal{Tenant: "bench", Actor: "bench"}
	kept := store.New(databasetest.Open(b, databasetest.Migrated(b, database.SQLite, store.Migrations), store.Migrations), api.Message).Books
	state := recurrence.Recurrence{Customer: "C-1", ID: "R-1", PackageID: "P", Price: decimal.MustNew(49900, 2), Version: 1}
	for i := range 2 {
		state.Services = append(state.Services, recurrence.ContractedService{
			ServiceID: catalogue.ServiceID(fmt.Sprintf("S-%d", i)), TransactionLimit: 2, Value: "value", ExternalServiceID: "external",
		})
	}
	at := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	err := kept.Write(ctx, by, at, func(ctx context.Context, w books.Writer) error {
		if err := w.CreateCustomer(ctx, customer.Customer{ID: "C-1", UID: "u", Version: 1}); err != nil {
			return err
		}
		return w.CreateRecurrence(ctx, state)
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		before := state
		state.Price = decimal.MustNew(int64(state.Version)+1, 2)
		difference, err := recurrence.Compare(before, state)
		if err != nil {
			b.Fatal(err)
		}
		err = kept.Write(ctx, by, at, func(ctx context.Context, w books.Writer) error {
			if err := w.UpdateRecurrence(ctx, &state); err != nil {
				return err
			}
			return w.CreateChange(ctx, recurrence.Change{
				Customer: "C-1", Recurrence: "R-1", Version: state.Version, Difference: difference, Actor: by.Actor, CreateTime: at,
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
