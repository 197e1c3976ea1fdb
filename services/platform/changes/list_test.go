package changes_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// history holds the changes of the tests: who made which, a minute after the one before.
var history = []feed.Entry{
	{Actor: "ann", Resource: "items/A", Type: "Item", Kind: feed.Created},
	{Actor: "bob", Resource: "lines/1", Type: "Line", Kind: feed.Created},
	{Actor: "bob", Resource: "items/A", Type: "Item", Kind: feed.Updated},
	{Actor: "ann", Resource: "items/A", Type: "Item", Kind: feed.Updated},
	{Actor: "ann", Resource: "lines/1", Type: "Line", Kind: feed.Deleted},
}

// record writes the history. The state of the nth entry is the nth digit.
func record(t *testing.T, db *database.DB) {
	t.Helper()
	for i, entry := range history {
		state, err := feed.Pack(wrapperspb.String(string(rune('1' + i))))
		if err != nil {
			t.Fatal(err)
		}
		entry.Tenant, entry.Time, entry.State = "a", start.Add(time.Duration(i)*time.Minute), state
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error { return feed.Append(ctx, tx, entry) }); err != nil {
			t.Fatal(err)
		}
	}
}

// listed returns the states on all pages of a list, each with the one before it, such as `4<3`.
func listed(t *testing.T, db *database.DB, request *changesv1.ListChangesRequest) string {
	t.Helper()
	ctx := auth.With(t.Context(), auth.Principal{Tenant: "a", Actor: "ann"})
	var found []string
	for {
		page, err := server(db).ListChanges(ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range page.GetChanges() {
			entry := text(t, change)
			if change.GetPreviousState() != nil {
				entry += "<" + text(t, &changesv1.Change{State: change.GetPreviousState()})
			}
			found = append(found, entry)
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			return strings.Join(found, " ")
		}
	}
}

func TestListFiltersAndOrdersChanges(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		record(t, db)
		for _, test := range []struct {
			request *changesv1.ListChangesRequest
			want    string
		}{
			{&changesv1.ListChangesRequest{}, "1 2 3 4 5"},
			{&changesv1.ListChangesRequest{OrderBy: "change_time desc"}, "5 4 3 2 1"},
			{&changesv1.ListChangesRequest{Filter: `actor = "bob"`}, "2 3"},
			{&changesv1.ListChangesRequest{Filter: `resource_type = "Item" AND actor = "ann"`, OrderBy: "change_time desc"}, "4 1"},
			{&changesv1.ListChangesRequest{Filter: `kind = KIND_DELETED`}, "5"},
			{&changesv1.ListChangesRequest{Filter: `change_time >= "2026-01-01T00:02:00Z"`, ResourceTypes: []string{"Line", "Item"}}, "3 4 5"},
			{&changesv1.ListChangesRequest{Resource: "items/A"}, "1 3<1 4<3"},
			{&changesv1.ListChangesRequest{Resource: "items/A", OrderBy: "change_time desc"}, "4<3 3<1 1"},
			{&changesv1.ListChangesRequest{Resource: "items/A", Filter: `actor = "ann"`}, "1 4<3"},
		} {
			for _, size := range []int32{1, 2, 0} {
				test.request.PageSize = size
				if got := listed(t, db, test.request); got != test.want {
					t.Errorf("%v: got %s, want %s", test.request, got, test.want)
				}
			}
		}
	})
}

func TestListStartsAfterAChange(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		record(t, db)
		ctx := auth.With(t.Context(), auth.Principal{Tenant: "a", Actor: "ann"})
		all, err := server(db).ListChanges(ctx, &changesv1.ListChangesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"2 3 4 5", "3 4 5", "4 5", "5", ""} {
			for _, size := range []int32{1, 0} {
				request := &changesv1.ListChangesRequest{After: all.GetChanges()[i].GetToken(), PageSize: size}
				if got := listed(t, db, request); got != want {
					t.Errorf("after the change %d: got %s, want %s", i+1, got, want)
				}
			}
		}
		if got := listed(t, db, &changesv1.ListChangesRequest{After: all.GetChanges()[1].GetToken(), Filter: `actor = "ann"`}); got != "4 5" {
			t.Errorf("after the second change of ann: got %s", got)
		}
	})
}

func TestListRejectsInvalidFiltersOfChanges(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		ctx := auth.With(t.Context(), auth.Principal{Tenant: "a", Actor: "ann"})
		for want, request := range map[string]*changesv1.ListChangesRequest{
			"INVALID_FILTER":       {Filter: `colour = "red"`},
			"INVALID_ORDER":        {OrderBy: "transaction"},
			"INVALID_PAGE_TOKEN":   {PageToken: "made up"},
			"INVALID_CHANGE_TOKEN": {After: "made up"},
		} {
			_, err := server(db).ListChanges(ctx, request)
			if refused, ok := fault.As(err); !ok || string(refused.Reason) != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	})
}
