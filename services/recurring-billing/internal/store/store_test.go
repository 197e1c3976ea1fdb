package store_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

func TestStore(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			storetest.Run(t, func(t testing.TB) storetest.Subject {
				return subject(databasetest.Open(t, databasetest.Migrated(t, engine, store.Migrations()), store.Migrations()))
			})
		})
	}
}

// subject returns the store on a database as the suite requires it.
func subject(db *database.DB) storetest.Subject {
	return storetest.Subject{
		Store: store.New[storetest.Reader, storetest.Writer](db, api.Message), Message: api.Message,
		Runs: store.NewRuns(db, api.Message), Revenue: store.NewRevenue(db, api.ReadLine),
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
	}
}

// BenchmarkStoreUpdate measures an update of a line as the vendor's PUT makes it, without the
// network: a durable transaction that reads the line and its item, checks them, and writes the line
// and its entry in the change feed.
func BenchmarkStoreUpdate(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			const lines = 1000
			db := databasetest.Open(b, databasetest.URL(b, engine), store.Migrations())
			archive := books.NewService(store.New[books.Reader, books.Writer](db, api.Message), clock.System{})
			service := line.NewService(store.New[line.Reader, line.Writer](db, api.Message), clock.System{})
			ctx := auth.With(b.Context(), auth.Principal{Tenant: auth.DefaultTenant, Actor: "benchmark"})
			if err := archive.LoadIntoEmpty(ctx, manyLines(lines)); err != nil {
				b.Fatal(err)
			}
			item, cycle := catalogue.ItemCode("RMR-MON"), line.Quarterly
			n := 0
			for b.Loop() {
				memo := fmt.Sprintf("change %d", n)
				id := line.ID(n%lines + 1)
				if _, err := service.Change(ctx, id, line.Change{Item: &item, BillCycle: &cycle, Memo: &memo}); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

// manyLines returns many lines of one customer.
func manyLines(lines int) books.Set {
	many := books.Set{
		Items:   []catalogue.Item{{Code: "RMR-MON", Description: "Alarm monitoring"}},
		BillTos: []catalogue.BillTo{{Customer: 1, DisplayName: "Ann"}},
	}
	for range lines {
		many.Lines = append(many.Lines, line.Line{
			Customer: 1, BillTo: 1, Item: "RMR-MON", BillCycle: line.Monthly,
			Rates: []line.Rate{{MonthlyAmount: money.Amount{Value: decimal.MustParse("29.95"), Currency: "USD"}}},
			Start: date.MustNew(2026, time.January, 31),
		})
	}
	return many
}

// Without a number left, nothing can be created that needs the next one.
func TestNumbersRunOut(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			db := databasetest.Open(t, databasetest.Migrated(t, engine, store.Migrations()), store.Migrations())
			if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO highest_numbers (tenant, kind, number) VALUES ('t', 'bill_to', 2147483646)`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			billTos := store.New[catalogue.Reader, catalogue.Writer](db, api.Message)
			create := func() (billTo catalogue.BillTo, err error) {
				billTo = catalogue.BillTo{Customer: 1, DisplayName: "Ann"}
				err = billTos.Write(t.Context(), auth.Principal{Tenant: "t"}, time.Unix(10, 0), func(ctx context.Context, w catalogue.Writer) error { return w.CreateBillTo(ctx, &billTo) })
				return billTo, err
			}
			if last, err := create(); last.ID != math.MaxInt32 || err != nil {
				t.Errorf("the last number is %d, %v", last.ID, err)
			}
			if _, err := create(); !errors.Is(err, mutation.ErrNumbersExhausted) {
				t.Errorf("after the last number: %v, want ErrNumbersExhausted", err)
			}
		})
	}
}
