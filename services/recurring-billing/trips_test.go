package recurringbilling_test

import (
	"fmt"
	"testing"

	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// TestRoundTripsToPostgreSQL counts those of the vendor's update and of its GET.
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
	t.Logf("an update %d, a GET %d", update, get)
	if update > 2 || get > 1 {
		t.Errorf("an update makes %d round trips and a GET %d, want at most 2 and 1", update, get)
	}
}
