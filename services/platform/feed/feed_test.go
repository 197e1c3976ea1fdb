package feed_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

// A service has at least one migration of its own.
var migrations = fstest.MapFS{"00100_rows.sql": {Data: []byte("-- +goose Up\nCREATE TABLE rows_of_a_service (tenant TEXT PRIMARY KEY, version BIGINT NOT NULL);\n")}}

func TestReadReturnsEntriesOfTheTenant(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		want := feed.Entry{Tenant: "a", Actor: "ann", Time: time.Date(2026, 2, 3, 4, 5, 6, 789000, time.UTC),
			Resource: "items/X", Type: "Item", Kind: feed.Created, State: packed(t, "X")}
		other := want
		other.Tenant = "b"
		for _, entry := range []feed.Entry{want, other} {
			if err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error { return feed.Append(ctx, tx, entry) }); err != nil {
				t.Fatal(err)
			}
		}
		got := read(t, db, "a", feed.Position{}, 10)
		if len(got) != 1 {
			t.Fatalf("got %d entries of tenant a, want 1", len(got))
		}
		want.Position = got[0].Position
		if fmt.Sprintf("%+v", got[0]) != fmt.Sprintf("%+v", want) {
			t.Errorf("got %+v, want %+v", got[0], want)
		}
		if again := read(t, db, "a", got[0].Position, 10); len(again) != 0 {
			t.Errorf("got %d entries after the last one", len(again))
		}
	})
}

// TestReadMissesNothingUnderConcurrentCommits has writers commit in any order, some after a pause,
// while a reader follows. The reader must see each entry once, and the entries of a resource in the
// order of their versions.
func TestReadMissesNothingUnderConcurrentCommits(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		const writers, changes = 4, 15
		var group sync.WaitGroup
		for writer := range writers {
			group.Go(func() {
				for n := range changes {
					if err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
						err := feed.Append(ctx, tx, feed.Entry{Tenant: "a", Time: time.Now(), Resource: fmt.Sprint("r/", writer),
							Kind: feed.Updated, State: packed(t, fmt.Sprint(n))})
						var sent int
						err = errors.Join(err, tx.QueryRowContext(ctx, `SELECT 1`).Scan(&sent)) // the entry too
						if n%3 == writer%3 {
							time.Sleep(time.Duration(writer+1) * time.Millisecond)
						}
						return err
					}); err != nil {
						t.Errorf("writing: %v", err)
					}
				}
			})
		}
		next := map[string]int{}
		seen, position := 0, feed.Position{}
		deadline := time.Now().Add(30 * time.Second)
		for seen < writers*changes && time.Now().Before(deadline) {
			for _, entry := range read(t, db, "a", position, 7) {
				message, err := entry.State.Message()
				if err != nil {
					t.Fatal(err)
				}
				if got := message.(*wrapperspb.StringValue).GetValue(); got != fmt.Sprint(next[entry.Resource]) {
					t.Fatalf("%s: got change %s, want %d", entry.Resource, got, next[entry.Resource])
				}
				next[entry.Resource]++
				seen, position = seen+1, entry.Position
			}
		}
		group.Wait()
		if more := read(t, db, "a", position, 1); len(more) != 0 {
			t.Errorf("unexpected entry after the last one: %+v", more[0])
		}
		if seen != writers*changes {
			t.Errorf("got %d changes, want %d", seen, writers*changes)
		}
	})
}

// TestEntriesKeepTheirOrder writes more entries in one transaction than wait for a round trip, singly and many at once.
func TestEntriesKeepTheirOrder(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		const rounds, together = 30, 4
		next := 0
		entry := func() feed.Entry {
			next++
			return feed.Entry{Tenant: "a", Resource: fmt.Sprint("r/", next), Type: "R", Kind: feed.Created, State: packed(t, "X")}
		}
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
			next = 0
			for range rounds {
				for range together {
					err = errors.Join(err, feed.Append(ctx, tx, entry()))
				}
				err = errors.Join(err, feed.AppendAll(ctx, tx, []feed.Entry{entry(), entry()}))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		entries := read(t, db, "a", feed.Position{}, 1000)
		for i, found := range entries {
			if want := fmt.Sprint("r/", i+1); found.Resource != want {
				t.Fatalf("entry %d is of %s, want %s", i, found.Resource, want)
			}
		}
		if len(entries) != next {
			t.Errorf("got %d entries, want %d", len(entries), next)
		}
	})
}

func packed(t *testing.T, text string) feed.State {
	t.Helper()
	state, err := feed.Pack(wrapperspb.String(text))
	if err != nil {
		t.Error(err)
	}
	return state
}

func TestPackSerializesAny(t *testing.T) {
	for _, message := range []proto.Message{wrapperspb.String("text"), &emptypb.Empty{}, wrapperspb.String(strings.Repeat("long", 1000))} {
		state, err := feed.Pack(message)
		if err != nil {
			t.Fatal(err)
		}
		want, err := anypb.New(message)
		if err != nil {
			t.Fatal(err)
		}
		got, err := state.Any()
		if err != nil || !proto.Equal(got, want) || cap(state) != len(state) {
			t.Errorf("got %v, %v, %d of %d bytes, want %v", got, err, len(state), cap(state), want)
		}
	}
	if _, err := feed.State(`{"code":"X"}`).Any(); err == nil {
		t.Error("JSON must not be accepted as a state")
	}
}

func read(t *testing.T, db *database.DB, tenant auth.Tenant, after feed.Position, limit int) (entries []feed.Entry) {
	t.Helper()
	if err := db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) (err error) {
		entries, err = feed.Read(ctx, tx, tenant, after, feed.Filter{}, limit)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return entries
}
