package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// BenchmarkRecordUsage counts new events in batches, of a thousand recurrences with two services each, one batch after the other.
func BenchmarkRecordUsage(b *testing.B) {
	const batch, recurrences = 5000, 1000
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			ctx := auth.With(context.Background(), auth.Principal{Tenant: "bench", Actor: "bench"})
			at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
			stores := store.New(databasetest.Open(b, databasetest.Migrated(b, engine, store.Migrations), store.Migrations), api.Message)
			contractMany(b, stores, at, recurrences)
			service, next := usage.New(stores.Usage, clock.NewFake(at)), 0
			for b.Loop() {
				events := make([]usage.Event, batch)
				for i := range events {
					next++
					events[i] = usage.Event{
						ID: usage.EventID(fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", next)), Quantity: 1, Time: at,
						Recurrence: recurrence.Key{Customer: "C-1", Recurrence: recurrence.ID(fmt.Sprintf("R-%d", next*7919%recurrences))},
						ServiceID:  catalogue.ServiceID(fmt.Sprintf("S-%d", next%2)),
					}
				}
				outcome, err := service.Record(ctx, events)
				if err != nil || outcome.Recorded != batch {
					b.Fatalf("got %+v, error %v", outcome, err)
				}
			}
			b.ReportMetric(batch*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// contractMany contracts recurrences of one customer.
func contractMany(b *testing.B, stores store.Stores, at time.Time, count int) {
	b.Helper()
	err := stores.Books.Write(context.Background(), auth.Principal{Tenant: "bench", Actor: "bench"}, at, func(ctx context.Context, w books.Writer) error {
		err := w.CreateCustomer(ctx, customer.Customer{ID: "C-1", UID: "u", Version: 1, Life: customer.Life{State: customer.Active}})
		for n := range count {
			err = errors.Join(err, w.CreateRecurrence(ctx, recurrence.Recurrence{
				Customer: "C-1", ID: recurrence.ID(fmt.Sprintf("R-%d", n)), PackageID: "P", Price: decimal.MustNew(49900, 2), Version: 1,
				Terms:    recurrence.Terms{State: recurrence.Active, Cycle: recurrence.Monthly},
				Services: []recurrence.ContractedService{{ServiceID: "S-0", TransactionLimit: 1_000_000}, {ServiceID: "S-1", TransactionLimit: 1_000_000}},
			}))
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
