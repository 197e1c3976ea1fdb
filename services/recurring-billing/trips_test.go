package recurringbilling_test

import (
	"fmt"
	"slices"
	"testing"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// TestRoundTripsToPostgreSQL counts those of the vendor's update and of its GET, and those of a BatchGet, which reads two portions in one transaction.
func TestRoundTripsToPostgreSQL(t *testing.T) {
	url, trips := databasetest.Counted(t, databasetest.Migrated(t, database.PostgreSQL, recurringbilling.Migrations()))
	f := openOn(t, url, true)
	n := 0
	update := trips.Least(func() {
		n++
		body := minimal()
		body.InvoiceItemMemo = new(fmt.Sprintf("memo %d", n))
		if err := f.put(t, 1, body); err != nil {
			t.Fatal(err)
		}
	})
	get := trips.Least(func() {
		must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: 1}))(t)
	})
	names := slices.Repeat([]string{"recurringLines/1", "recurringLines/2"}, 50)
	batch := trips.Least(func() {
		must(f.lines.BatchGetRecurringLines(t.Context(), &native.BatchGetRecurringLinesRequest{Names: names}))(t)
	})
	t.Logf("an update %d, a GET %d, a BatchGet %d", update, get, batch)
	if update > 2 || get > 1 || batch > 4 {
		t.Errorf("an update makes %d round trips, a GET %d and a BatchGet %d, want at most 2, 1 and 4", update, get, batch)
	}
}
