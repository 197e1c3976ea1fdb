package subscription_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	searchv1 "github.com/continuo-billing/continuo/gen/go/continuo/search/v1"
	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/subscription"
)

// TestTokenOfASessionIsRefusedElsewhere calls the other services, whose answers would show what the user
// does not see.
func TestTokenOfASessionIsRefusedElsewhere(t *testing.T) {
	f := startFixture(t)
	ctx := bearer(t.Context(), demoToken)
	calls := map[string]func() error{
		"accounts": func() error { _, err := f.accounts.ListAccounts(ctx, &pb.ListAccountsRequest{}); return err },
		"groups":   func() error { _, err := f.catalogue.ListGroups(ctx, &pb.ListGroupsRequest{}); return err },
		"keys": func() error {
			_, err := f.organisations.IssueApiKey(ctx, &pb.IssueApiKeyRequest{Name: "users/demo"})
			return err
		},
		"changes": func() error { _, err := f.changes.ListChanges(ctx, &changesv1.ListChangesRequest{}); return err },
		"watch": func() error {
			stream, err := f.changes.WatchChanges(ctx, &changesv1.WatchChangesRequest{})
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		},
		"search": func() error {
			_, err := searchv1.NewSearchServiceClient(f.connection).Search(ctx, &searchv1.SearchRequest{Q: "S60117"})
			return err
		},
	}
	for name, call := range calls {
		if err := call(); err == nil {
			t.Errorf("%s: was answered", name)
		} else {
			expectRejection(t, err, rejection{codes.PermissionDenied, "SCOPE_MISSING", ""})
		}
	}
}

// TestEndedSessionSeesNothing checks that without authentication, when everybody else sees everything, the
// token of an ended session is refused rather than ignored.
func TestEndedSessionSeesNothing(t *testing.T) {
	path := strings.TrimPrefix(databasetest.Migrated(t, database.SQLite, subscription.Migrations()), "sqlite:")
	f := startFixtureWith(t, path, auth.Off{})
	token := f.signIn(t)
	get := func(token string) error {
		_, err := f.subscriptions.GetSubscription(bearer(t.Context(), token), &pb.GetSubscriptionRequest{Name: demoSubscription})
		return err
	}
	f.clock.Advance(59 * time.Minute)
	if err := get(token); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(59 * time.Minute)
	if err := get(token); err != nil {
		t.Errorf("a native call must keep the session alive: %v", err)
	}
	f.clock.Advance(time.Hour)
	expectRejection(t, get(token), badLogin)
	if err := get("anything else"); err != nil {
		t.Errorf("another credential is left to the configured authenticator: %v", err)
	}
}

func TestNativeCallsOfASessionAreTheUsers(t *testing.T) {
	f := startFixture(t)
	if _, err := f.subscriptions.UpdateSubscription(bearer(t.Context(), demoToken),
		&pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{Name: demoSubscription, Notes: "by demo"}}); err != nil {
		t.Fatal(err)
	}
	listed, err := f.changes.ListChanges(t.Context(), &changesv1.ListChangesRequest{Resource: demoSubscription, OrderBy: "change_time desc", PageSize: 1})
	if err != nil || listed.GetChanges()[0].GetActor() != "users/demo" {
		t.Errorf("got %v, %v", listed, err)
	}
}
