package database_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestCloseWaitsForTheSync closes a store while a commit is synced.
func TestCloseWaitsForTheSync(t *testing.T) {
	db, err := database.Open(t.Context(), databasetest.Migrated(t, database.SQLite, counters), counters)
	if err != nil {
		t.Fatal(err)
	}
	syncing, release := make(chan struct{}), make(chan struct{})
	db.SyncWith(func(sync func() error) error {
		close(syncing)
		<-release
		return sync()
	})
	written, closed := make(chan error, 1), make(chan error, 1)
	go func() {
		written <- db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 1) })
	}()
	<-syncing
	go func() { closed <- db.Close() }()
	select {
	case err := <-closed:
		t.Errorf("closed before the sync: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if err := errors.Join(<-written, <-closed); err != nil {
		t.Error(err)
	}
}

// TestCloseEndsWriting closes a store while a transaction runs that others could join: it is committed, and they are refused.
func TestCloseEndsWriting(t *testing.T) {
	database.CloseWithin(t, time.Minute)
	for name, kind := range map[string]func(context.Context) context.Context{
		"in a group": func(ctx context.Context) context.Context { return ctx },
		"alone":      database.Long,
	} {
		t.Run(name, func(t *testing.T) {
			url := databasetest.Migrated(t, database.SQLite, counters)
			db, err := database.Open(t.Context(), url, counters)
			if err != nil {
				t.Fatal(err)
			}
			db.KeepGroupsOpen()
			running, release := make(chan struct{}), make(chan struct{})
			written, closed, late := make(chan error, 1), make(chan error, 1), make(chan error, 1)
			go func() {
				written <- db.Write(kind(t.Context()), func(ctx context.Context, tx *database.Tx) error {
					close(running)
					<-release
					return insert(ctx, tx, 1)
				})
			}()
			<-running
			queued := func(number int) {
				for deadline := time.Now().Add(10 * time.Second); db.Queued() != number; time.Sleep(time.Millisecond) {
					if time.Now().After(deadline) {
						t.Fatalf("%d wait, want %d", db.Queued(), number)
					}
				}
			}
			go func() { closed <- db.Close() }()
			queued(1)
			go func() {
				late <- db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 2) })
			}()
			queued(2)
			close(release)
			if err := errors.Join(<-written, <-closed); err != nil {
				t.Error(err)
			}
			if err := <-late; err == nil {
				t.Error("a store was written after it was closed")
			}
			if got := number(t, databasetest.Open(t, url, counters), `SELECT sum(b) FROM numbers`); got != 1 {
				t.Errorf("the sum of what was written is %d, want 1", got)
			}
		})
	}
}

// TestCloseLeavesAStoreThatIsWritten closes a store in vain while a transaction runs for long: no other program may serve it until it is closed.
func TestCloseLeavesAStoreThatIsWritten(t *testing.T) {
	database.CloseWithin(t, 20*time.Millisecond)
	url := databasetest.Migrated(t, database.SQLite, counters)
	db, err := database.Open(t.Context(), url, counters)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Own(); err != nil {
		t.Fatal(err)
	}
	running, release, written := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		written <- db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			close(running)
			<-release
			return insert(ctx, tx, 1)
		})
	}()
	<-running
	if err := db.Close(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closing: got %v", err)
	}
	if err := openUnmigrated(t, url, counters).Own(); err == nil {
		t.Error("another program serves the store while it is written")
	}
	close(release)
	database.CloseWithin(t, time.Minute)
	if err := errors.Join(<-written, db.Close()); err != nil {
		t.Error(err)
	}
	if err := openUnmigrated(t, url, counters).Own(); err != nil {
		t.Errorf("serving the store afterwards: %v", err)
	}
}
