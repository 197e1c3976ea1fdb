package subscription_test

import (
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/subscription"
)

// TestRoundTripsToPostgreSQL counts those of the vendor's update and show, each with that of its token, and those of a Get. Then an
// update is refused that PostgreSQL refuses only at the commit.
func TestRoundTripsToPostgreSQL(t *testing.T) {
	url, trips := databasetest.Counted(t, databasetest.Migrated(t, database.PostgreSQL, subscription.Migrations()))
	f := startConfigured(t, url, func(*subscription.Config) {})
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
	show := trips.Least(func() {
		if _, err := f.show(t, `{"subscription_identifier":{"number":"S60117"}}`); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("an update %d, a show %d, a Get %d", update, show, get)
	if update > 2 || show > 1 || get > 1 {
		t.Errorf("an update makes %d round trips, a show %d and a Get %d, want at most 2, 1 and 1", update, show, get)
	}
	other, err := f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{
		Subscription: &pb.Subscription{Number: "S2", Account: demoAccount, SubscriptionType: demoType},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, only := range []bool{true, false} { // the number is compared when the row is written, with the commit
		_, err := f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
			Subscription: &pb.Subscription{Name: other.GetName(), Number: "S60117"},
			UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"number"}}, ValidateOnly: only,
		})
		expectRejection(t, err, rejection{codes.AlreadyExists, "ALREADY_EXISTS", ""})
	}
}
