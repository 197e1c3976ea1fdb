package customerrecurrence_test

import (
	"fmt"
	"testing"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestRoundTripsToPostgreSQL counts those of the vendor's update and of a Get.
func TestRoundTripsToPostgreSQL(t *testing.T) {
	url, trips := databasetest.Counted(t, databasetest.Migrated(t, database.PostgreSQL, customerrecurrence.Migrations()))
	f := startFixture(t, url)
	n := 0
	update := trips.Least(func() {
		n++
		if _, err := f.put(t.Context(), "C-1001", "R-5001", &dynamicsv1.Recurrence{
			Name: new(fmt.Sprintf("name %d", n)), Services: services(service("S")),
		}); err != nil {
			t.Fatal(err)
		}
	})
	get := trips.Least(func() {
		if _, err := f.recurrences.GetRecurrence(t.Context(), &customerrecurrencev1.GetRecurrenceRequest{Name: demoRecurrence}); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("an update %d, a Get %d", update, get)
	if update > 3 || get > 1 {
		t.Errorf("an update makes %d round trips and a Get %d, want at most 3 and 1", update, get)
	}
}
