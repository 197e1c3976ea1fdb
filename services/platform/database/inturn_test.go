package database_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestInTurnAvoidsCollisions has writers change one row, each of which reads it before.
func TestInTurnAvoidsCollisions(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
	const writers, changes = 8, 10
	ctx := database.InTurn(t.Context(), "a")
	var tries atomic.Int64
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range changes {
				if err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
					tries.Add(1)
					var value int
					if err := tx.QueryRowContext(ctx, readCounter, "a").Scan(&value); err != nil {
						return err
					}
					_, err := tx.LaterOne(plain).ExecContext(ctx, bumpCounter, "a")
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if tries.Load() != writers*changes || most(t, db) != writers*changes {
		t.Errorf("%d attempts made %d changes, want %d each", tries.Load(), most(t, db), writers*changes)
	}
}

// TestEndedContextsLeaveTheLine has a context end while its transaction waits for its turn.
func TestEndedContextsLeaveTheLine(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.PostgreSQL), counters)
	ctx := database.InTurn(t.Context(), "a")
	if err := db.Write(ctx, func(context.Context, *database.Tx) error {
		waiting, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		if err := db.Write(waiting, func(context.Context, *database.Tx) error {
			t.Error("it had its turn while another one had it")
			return nil
		}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting: got %v", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error { return addLater(ctx, tx, "a", 0) }); err != nil {
		t.Errorf("the next: %v", err)
	}
}
