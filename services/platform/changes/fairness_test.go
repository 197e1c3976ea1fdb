package changes_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// fill writes entries of a tenant in one transaction.
func fill(t *testing.T, db *database.DB, tenant auth.Tenant, entries int) {
	t.Helper()
	state, err := feed.Pack(wrapperspb.String("state"))
	if err != nil {
		t.Fatal(err)
	}
	all := make([]feed.Entry, entries)
	for i := range all {
		all[i] = feed.Entry{Tenant: tenant, Time: start, Resource: fmt.Sprint("items/", i), Type: "Item", Kind: feed.Created, State: state}
	}
	if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error { return feed.AppendAll(ctx, tx, all) }); err != nil {
		t.Fatal(err)
	}
}

// TestWatchesOfATenantDoNotSlowOthers has a tenant read its whole history again and again by many
// watches. It counts what those receive while others wait: about a page each time they take turns, and
// a page for each watch if everyone waits in one queue.
func TestWatchesOfATenantDoNotSlowOthers(t *testing.T) {
	const watches, most = 100, 1500
	db := databasetest.Open(t, databasetest.Migrated(t, database.SQLite, migrations), migrations)
	fill(t, db, "greedy", 2000)
	fill(t, db, "modest", 1)
	server := changes.New(db)
	flood, stop := context.WithCancel(auth.With(t.Context(), auth.Principal{Tenant: "greedy"}))
	var received atomic.Int64
	var running sync.WaitGroup
	for range watches {
		running.Go(func() {
			for flood.Err() == nil {
				once, end := context.WithCancel(flood)
				count := 0
				_ = server.WatchChanges(&changesv1.WatchChangesRequest{}, &stream{ctx: once, enter: func(*changesv1.WatchChangesResponse) {
					received.Add(1)
					if count++; count == 2000 {
						end()
					}
				}}) // ends cancelled
				end()
			}
		})
	}
	defer running.Wait()
	defer stop()
	for received.Load() < 2*watches { // until all are at it
		if _, err := server.ListChanges(flood, &changesv1.ListChangesRequest{PageSize: 1}); err != nil {
			t.Fatal(err)
		}
	}
	modest := auth.With(t.Context(), auth.Principal{Tenant: "modest"})
	for name, ask := range map[string]func() error{
		"a call": func() error {
			_, err := server.ListChanges(modest, &changesv1.ListChangesRequest{})
			return err
		},
		"a watch": func() error {
			once, end := context.WithCancel(modest)
			defer end()
			err := server.WatchChanges(&changesv1.WatchChangesRequest{}, &stream{ctx: once, enter: func(*changesv1.WatchChangesResponse) { end() }})
			if once.Err() != nil {
				return nil
			}
			return err
		},
	} {
		const times = 5
		before := received.Load()
		for range times {
			if err := ask(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if others := (received.Load() - before) / times; others > most {
			t.Errorf("%s waited for %d changes of another tenant, want at most %d", name, others, most)
		} else {
			t.Logf("%s waited for %d changes of another tenant", name, others)
		}
	}
}
