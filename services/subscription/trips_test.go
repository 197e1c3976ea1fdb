package subscription_test

import (
	"fmt"
	"testing"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/subscription"
)

// TestRoundTripsToPostgreSQL counts those of the vendor's update, with that of its token, and those of a Get.
func TestRoundTripsToPostgreSQL(t *testing.T) {
	url, trips := databasetest.Counted(t, databasetest.Migrated(t, database.PostgreSQL, subscription.Migrations()))
	f := startFixtureOn(t, url, headerAuthenticator{})
	n := 0
	update := trips.Least(func() {
		n++
		if _, err := f.update(t, fmt.Sprintf(`{"subscription_identifier":{"number":"S60117"},"notes":"note %d",
			"owned_by_group_identifier":{"name":"Managers Group"}}`, n)); err != nil {
			t.Fatal(err)
		}
	})
	get := trips.Least(func() {
		if _, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: demoSubscription}); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("an update %d, a Get %d", update, get)
	if update > 3 || get > 1 {
		t.Errorf("an update makes %d round trips and a Get %d, want at most 3 and 1", update, get)
	}
}
