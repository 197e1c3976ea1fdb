package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/storetest"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

func TestStoreConformsOnSQLite(t *testing.T) { conforms(t, database.SQLite) }

func conforms(t *testing.T, engine database.Engine) {
	storetest.Run(t, func(t *testing.T) storetest.Opened {
		db := databasetest.Open(t, databasetest.URL(t, engine), store.Migrations)
		return storetest.Opened{
			Store: store.New(db),
			Feed: func(ctx context.Context, tenant auth.Tenant) (entries []feed.Entry, err error) {
				err = db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
					entries, err = feed.Read(ctx, tx, tenant, feed.Position{}, feed.Filter{}, 1000)
					return err
				})
				return entries, err
			},
		}
	})
}

// BenchmarkStoreUpdate is the store's part of one update of a recurrence: the new state, the change and both feed
// entries in one durable transaction.
func BenchmarkStoreUpdate(b *testing.B) {
	ctx, by := context.Background(), auth.Principal{Tenant: "bench", Actor: "bench"}
	kept := store.New(databasetest.Open(b, databasetest.URL(b, database.SQLite), store.Migrations))
	recurrence := domain.Recurrence{Customer: "C-1", ID: "R-1", PackageID: "P", Price: decimal.MustNew(49900, 2), Version: 1}
	for i := range 2 {
		recurrence.Services = append(recurrence.Services, domain.ContractedService{
			ServiceID: domain.ServiceID(fmt.Sprintf("S-%d", i)), TransactionLimit: 2, Value: "value", ExternalServiceID: "external",
		})
	}
	at := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	err := kept.Write(ctx, by, at, func(ctx context.Context, w domain.Writer) error {
		if err := w.CreateCustomer(ctx, domain.Customer{ID: "C-1", UID: "u", Version: 1}); err != nil {
			return err
		}
		return w.CreateRecurrence(ctx, recurrence)
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		before := recurrence
		recurrence.Version++
		recurrence.Price = decimal.MustNew(int64(recurrence.Version), 2)
		difference, err := domain.Compare(before, recurrence)
		if err != nil {
			b.Fatal(err)
		}
		err = kept.Write(ctx, by, at, func(ctx context.Context, w domain.Writer) error {
			if err := w.UpdateRecurrence(ctx, recurrence); err != nil {
				return err
			}
			return w.CreateChange(ctx, domain.Change{
				Customer: "C-1", Recurrence: "R-1", Version: recurrence.Version, Difference: difference, Actor: by.Actor, CreateTime: at,
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
