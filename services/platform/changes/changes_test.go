package changes_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

var migrations = fstest.MapFS{"00100_rows.sql": {Data: []byte("-- +goose Up\nCREATE TABLE rows_of_a_service (tenant TEXT PRIMARY KEY);\n")}}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// stream is a caller that records messages and cancels the stream when it has enough.
type stream struct {
	grpc.ServerStream
	ctx   context.Context
	enter func(*changesv1.WatchChangesResponse)
}

func (s *stream) Context() context.Context { return s.ctx }

func (s *stream) Send(response *changesv1.WatchChangesResponse) error {
	s.enter(response)
	return s.ctx.Err()
}

func server(db *database.DB) *changes.Server { return changes.New(db) }

// put writes one entry per state, each in its own transaction.
func put(t *testing.T, db *database.DB, resource, typ string, states ...string) {
	t.Helper()
	for i, state := range states {
		packed, err := feed.Pack(wrapperspb.String(state))
		if err != nil {
			t.Fatal(err)
		}
		kind := feed.Updated
		if i == 0 {
			kind = feed.Created
		}
		if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			return feed.Append(ctx, tx, feed.Entry{Tenant: "a", Actor: "ann", Time: start, Resource: resource, Type: typ, Kind: kind, State: packed})
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// watch receives messages until enough reports true. It returns the error of the stream if that
// ended first.
func watch(t *testing.T, db *database.DB, request *changesv1.WatchChangesRequest, enough func(*changesv1.WatchChangesResponse) bool) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(auth.With(context.Background(), auth.Principal{Tenant: "a", Actor: "ann"}), 20*time.Second)
	defer cancel()
	done := false
	err := server(db).WatchChanges(request, &stream{ctx: ctx, enter: func(response *changesv1.WatchChangesResponse) {
		if enough(response) {
			done = true
			cancel()
		}
	}})
	if done {
		return nil
	}
	return err
}

func text(t *testing.T, change *changesv1.Change) string {
	t.Helper()
	state, err := change.GetState().UnmarshalNew()
	if err != nil {
		t.Fatal(err)
	}
	return state.(*wrapperspb.StringValue).GetValue()
}

func TestWatchResumesAndFollowsChanges(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		put(t, db, "items/A", "Item", "A1", "A2")
		put(t, db, "lines/1", "Line", "L1")
		var got []string
		token := ""
		take := func(want int) func(*changesv1.WatchChangesResponse) bool {
			return func(response *changesv1.WatchChangesResponse) bool {
				if response.GetChange() != nil {
					got, token = append(got, text(t, response.GetChange())), response.GetToken()
				}
				return len(got) == want
			}
		}
		if err := watch(t, db, &changesv1.WatchChangesRequest{}, take(2)); err != nil {
			t.Fatal(err)
		}
		put(t, db, "items/B", "Item", "B1")
		go func() {
			time.Sleep(50 * time.Millisecond)
			put(t, db, "items/C", "Item", "C1")
		}()
		if err := watch(t, db, &changesv1.WatchChangesRequest{After: token}, take(5)); err != nil {
			t.Fatal(err)
		}
		if want := "A1 A2 L1 B1 C1"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

func TestWatchFiltersAndSendsHeartbeats(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		put(t, db, "items/A", "Item", "A1")
		put(t, db, "lines/1", "Line", "L1")
		var got []string
		err := watch(t, db, &changesv1.WatchChangesRequest{ResourceTypes: []string{"Line"}, Heartbeat: durationpb.New(50 * time.Millisecond)},
			func(response *changesv1.WatchChangesResponse) bool {
				if response.GetChange() == nil {
					return response.GetToken() != ""
				}
				got = append(got, text(t, response.GetChange()))
				return false
			})
		if err != nil || fmt.Sprint(got) != "[L1]" {
			t.Errorf("watching lines: got %v, %v", got, err)
		}
		got = nil
		go func() {
			time.Sleep(100 * time.Millisecond)
			put(t, db, "items/A", "Item", "A2")
		}()
		err = watch(t, db, &changesv1.WatchChangesRequest{FromNow: true}, func(response *changesv1.WatchChangesResponse) bool {
			got = append(got, text(t, response.GetChange()))
			return true
		})
		if err != nil || fmt.Sprint(got) != "[A2]" {
			t.Errorf("watching from now: got %v, %v", got, err)
		}
	})
}

func TestWatchRejectsTokensOfPrunedChanges(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		put(t, db, "items/A", "Item", "A1", "A2")
		var first, second string
		if err := watch(t, db, &changesv1.WatchChangesRequest{}, func(response *changesv1.WatchChangesResponse) bool {
			if first == "" {
				first = response.GetToken()
				return false
			}
			second = response.GetToken()
			return true
		}); err != nil {
			t.Fatal(err)
		}
		prune := func(ctx context.Context, tx *database.Tx) error { return feed.Prune(ctx, tx, start.Add(time.Second)) }
		for range 2 { // the second time there is nothing left to remove
			if err := db.Write(ctx, prune); err != nil {
				t.Fatal(err)
			}
		}
		err := watch(t, db, &changesv1.WatchChangesRequest{After: first}, func(*changesv1.WatchChangesResponse) bool { return true })
		if known, ok := fault.As(err); !ok || known.Reason != "CHANGE_TOKEN_TOO_OLD" {
			t.Errorf("old token: got %v", err)
		}
		put(t, db, "items/A", "Item", "A3")
		got := ""
		for _, after := range []string{second, ""} {
			if err := watch(t, db, &changesv1.WatchChangesRequest{After: after}, func(response *changesv1.WatchChangesResponse) bool {
				got += text(t, response.GetChange())
				return true
			}); err != nil {
				t.Errorf("watching after %q: %v", after, err)
			}
		}
		if got != "A3A3" {
			t.Errorf("after pruning: got %s", got)
		}
		if err := watch(t, db, &changesv1.WatchChangesRequest{After: "nonsense"}, nil); !errors.Is(err, fault.Invalid) {
			t.Errorf("invalid token: got %v", err)
		}
	})
}

func TestHistoryHasPreviousStates(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		ctx := auth.With(context.Background(), auth.Principal{Tenant: "a"})
		put(t, db, "items/A", "Item", "A1", "A2", "A3")
		put(t, db, "items/B", "Item", "B1")
		got, token := "", ""
		for range 3 {
			response, err := server(db).ListChanges(ctx, &changesv1.ListChangesRequest{Resource: "items/A", PageSize: 1, PageToken: token})
			if err != nil || len(response.GetChanges()) != 1 {
				t.Fatalf("page %q: %v (%v)", token, response, err)
			}
			change := response.GetChanges()[0]
			before := "nothing"
			if change.GetPreviousState() != nil {
				before = text(t, &changesv1.Change{State: change.GetPreviousState()})
			}
			got += fmt.Sprintf("%s %s: %s to %s; ", change.GetActor(), change.GetKind(), before, text(t, change))
			token = response.GetNextPageToken()
		}
		if want := "ann KIND_CREATED: nothing to A1; ann KIND_UPDATED: A1 to A2; ann KIND_UPDATED: A2 to A3; "; got != want || token != "" {
			t.Errorf("got history %s, token %q", got, token)
		}
		other, err := server(db).ListChanges(auth.With(context.Background(), auth.Principal{Tenant: "b"}), &changesv1.ListChangesRequest{})
		if err != nil || len(other.GetChanges()) != 0 {
			t.Errorf("another tenant: got %v, %v", other, err)
		}
	})
}
