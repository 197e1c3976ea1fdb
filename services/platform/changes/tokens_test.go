package changes_test

import (
	"context"
	"errors"
	"testing"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

func TestWatchTokensResumeWithAnotherFilter(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		put(t, db, "items/A", "Item", "A1")
		put(t, db, "items/B", "Item", "B1")
		token := ""
		first := func(response *changesv1.WatchChangesResponse) bool { token = response.GetToken(); return true }
		if err := watch(t, db, &changesv1.WatchChangesRequest{Resource: "items/A"}, first); err != nil {
			t.Fatal(err)
		}
		found := ""
		second := func(response *changesv1.WatchChangesResponse) bool {
			found = text(t, response.GetChange())
			return true
		}
		if err := watch(t, db, &changesv1.WatchChangesRequest{Resource: "items/B", After: token}, second); err != nil || found != "B1" {
			t.Errorf("got %q, %v", found, err)
		}
		bob := auth.With(context.Background(), auth.Principal{Tenant: "b"})
		err := server(db).WatchChanges(&changesv1.WatchChangesRequest{After: token}, &stream{ctx: bob})
		if !errors.Is(err, fault.Invalid) {
			t.Errorf("with another tenant: got %v", err)
		}
	})
}

func TestPageTokensAreBoundToTheirList(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		ann := auth.With(context.Background(), auth.Principal{Tenant: "a"})
		put(t, db, "items/A", "Item", "A1", "A2")
		first, err := server(db).ListChanges(ann, &changesv1.ListChangesRequest{PageSize: 1})
		if err != nil || first.GetNextPageToken() == "" {
			t.Fatalf("got %v, %v", first, err)
		}
		for name, test := range map[string]struct {
			tenant  auth.Tenant
			request *changesv1.ListChangesRequest
		}{
			"tenant":       {"b", &changesv1.ListChangesRequest{PageToken: first.GetNextPageToken()}},
			"resource":     {"a", &changesv1.ListChangesRequest{PageToken: first.GetNextPageToken(), Resource: "items/A"}},
			"order":        {"a", &changesv1.ListChangesRequest{PageToken: first.GetNextPageToken(), OrderBy: "change_time desc"}},
			"change token": {"a", &changesv1.ListChangesRequest{PageToken: first.GetChanges()[0].GetToken()}},
		} {
			_, err := server(db).ListChanges(auth.With(context.Background(), auth.Principal{Tenant: test.tenant}), test.request)
			if refused, ok := fault.As(err); !ok || refused.Reason != "INVALID_PAGE_TOKEN" {
				t.Errorf("another %s: got %v", name, err)
			}
		}
	})
}
