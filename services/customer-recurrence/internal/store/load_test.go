package store_test

import (
	"testing"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// TestSetsAreLoadedWhole loads a set whose last recurrence has no customer: nothing is stored. Corrected, all of it is, and
// once.
func TestSetsAreLoadedWhole(t *testing.T) {
	databasetest.Each(t, store.Migrations, func(t *testing.T, db *database.DB) {
		archive := books.NewService(store.New(db, api.Message).Books, clock.System{})
		ctx := auth.With(t.Context(), auth.Principal{Tenant: "t", Actor: "loader"})
		contract := func(of customer.ID) recurrence.Recurrence {
			return recurrence.Recurrence{Customer: of, ID: "R", PackageID: "P", Price: decimal.MustNew(1, 0), Currency: "MXN"}
		}
		set := books.Set{
			Packages: []catalogue.Package{{ID: "P"}},
			Customers: []customer.Customer{{ID: "C", Profile: customer.Profile{
				GrantorTaxID: "CON150401AB1", CustomerTaxID: "XAXX010101000", CustomerTypeID: 1, CitizenshipID: 1, Contact: &customer.Contact{},
			}}},
			Recurrences: []recurrence.Recurrence{contract("C"), contract("nobody")},
		}
		if err := archive.LoadIntoEmpty(ctx, set); err == nil {
			t.Error("a recurrence without a customer was loaded")
		}
		set.Recurrences = set.Recurrences[:1]
		for range 2 {
			if err := archive.LoadIntoEmpty(ctx, set); err != nil {
				t.Errorf("the store is not empty, or something is left of what failed: %v", err)
			}
		}
		packages, err := catalogue.New(store.New(db, api.Message).Packages, clock.System{}).List(ctx, listing.Query{})
		customers, err2 := customer.New(store.New(db, api.Message).Customers, clock.System{}).List(ctx, listing.Query{})
		if err != nil || err2 != nil || len(packages) != 1 || len(customers) != 1 {
			t.Errorf("got %d packages and %d customers, errors %v, %v", len(packages), len(customers), err, err2)
		}
	})
}
