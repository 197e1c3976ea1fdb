package database_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// openLane opens a store on PostgreSQL with counters, whose statistics are known, and one lane.
func openLane(t *testing.T, rows int) *database.DB {
	t.Helper()
	db := databasetest.Open(t, databasetest.Migrated(t, database.PostgreSQL, counters), counters)
	exec(t, db, fmt.Sprintf(`INSERT INTO counters SELECT 't', n::text, 0 FROM generate_series(0, %d) n`, rows-1))
	exec(t, db, `ANALYZE counters`)
	db.OneLane()
	db.KeepGroupsOpen()
	return db
}

func counterOf(ctx context.Context, tx *database.Tx, name string) (value int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT value FROM counters WHERE tenant = 't' AND name = $1`, name).Scan(&value)
	return value, err
}

func setCounterLater(ctx context.Context, tx *database.Tx, name string, value int) error {
	_, err := tx.Later(plain).ExecContext(ctx, `UPDATE counters SET value = $2 WHERE tenant = 't' AND name = $1`, name, value)
	return err
}

func increment(ctx context.Context, db *database.DB, name string) error {
	return db.Write(database.InTurn(ctx, name), func(ctx context.Context, tx *database.Tx) error {
		value, err := counterOf(ctx, tx, name)
		if err != nil {
			return err
		}
		return setCounterLater(ctx, tx, name, value+1)
	})
}

// TestMemberSeesWhatWasAnsweredBeforeIt has a group read, then another transaction commit, and then others come that know of it: what they
// read, what they refuse and what they find unchanged must rest on it.
func TestMemberSeesWhatWasAnsweredBeforeIt(t *testing.T) {
	db := openLane(t, 5000)
	read, goOn := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(read) }) // it may run again
	var group sync.WaitGroup
	group.Go(func() {
		if err := db.Write(database.InTurn(t.Context(), "1"), func(ctx context.Context, tx *database.Tx) error {
			value, err := counterOf(ctx, tx, "1")
			once()
			<-goOn
			return errors.Join(err, setCounterLater(ctx, tx, "1", value+1))
		}); err != nil {
			t.Error(err)
		}
	})
	<-read
	if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return errors.Join(setCounterLater(ctx, tx, "4000", 1), insertLater(ctx, tx, 77))
	}); err != nil {
		t.Fatal(err)
	}
	group.Go(func() {
		if err := db.Write(database.InTurn(t.Context(), "4000"), func(ctx context.Context, tx *database.Tx) error {
			value, err := counterOf(ctx, tx, "4000")
			if err != nil || value == 0 {
				return errors.Join(err, fmt.Errorf("got %d, which is unchanged", value))
			}
			return setCounterLater(ctx, tx, "4000", 0)
		}); err != nil {
			t.Error(err)
		}
	})
	awaitQueued(t, db, 1)
	group.Go(func() {
		if err := db.Write(database.InTurn(t.Context(), "5"), func(ctx context.Context, tx *database.Tx) (err error) {
			var found int
			return tx.QueryRowContext(ctx, `SELECT b FROM numbers WHERE a = 1 AND b = 77`).Scan(&found)
		}); err != nil {
			t.Errorf("what was inserted before is not found: %v", err)
		}
	})
	awaitQueued(t, db, 2)
	close(goOn)
	group.Wait()
	if got := number(t, db, `SELECT value FROM counters WHERE tenant = 't' AND name = '4000'`); got != 0 {
		t.Errorf("got %v after a change to 0", got)
	}
}

// TestLockHoldsUpOnlyWhoNeedsIt has a long transaction hold a row. Who changes it waits; the others of the lane do not.
func TestLockHoldsUpOnlyWhoNeedsIt(t *testing.T) {
	db := openLane(t, 5000)
	locked, release := make(chan struct{}), make(chan struct{})
	var holding, group sync.WaitGroup
	holding.Go(func() {
		if err := db.WriteGuarded(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE counters SET value = value + 1 WHERE tenant = 't' AND name = '0'`)
			close(locked)
			<-release
			return err
		}); err != nil {
			t.Error(err)
		}
	})
	<-locked
	var waited atomic.Bool
	waited.Store(true)
	holding.Go(func() {
		if err := increment(t.Context(), db, "0"); err != nil {
			t.Error(err)
		}
		waited.Store(false)
	})
	for n := 1; n < 40; n++ {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if err := increment(ctx, db, fmt.Sprint(n*100)); err != nil {
				t.Errorf("a row that nobody holds: %v", err)
			}
		})
	}
	group.Wait()
	if !waited.Load() {
		t.Error("nobody waits for the row that is held")
	}
	close(release)
	holding.Wait()
	if got := number(t, db, `SELECT value FROM counters WHERE tenant = 't' AND name = '0'`); got != 2 {
		t.Errorf("got %v after two changes", got)
	}
}

// TestCallerWhoHasGoneGetsNoFaultOfAnother has a caller go while the change of the member before is refused in its round trip.
func TestCallerWhoHasGoneGetsNoFaultOfAnother(t *testing.T) {
	db, _ := openGroupedOn(t, database.PostgreSQL)
	exec(t, db, `INSERT INTO numbers VALUES (1, 5, 1)`)
	own, leave := context.WithCancel(joining(t.Context()))
	defer leave()
	release := occupy(db)
	var errs [2]error
	var group sync.WaitGroup
	for n, ctx := range []context.Context{joining(t.Context()), own} {
		group.Go(func() {
			errs[n] = db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
				if n == 1 {
					defer leave()
					return readNumbers(ctx, tx)
				}
				exists := func(err error) error {
					return fault.Wrap(err, fault.AlreadyExists, reason.AlreadyExists, "what another caller has asked for exists")
				}
				_, err := tx.Later(exists).ExecContext(ctx, `INSERT INTO numbers VALUES (1, 5, 1)`)
				return err
			})
		})
		awaitQueued(t, db, n+1)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	group.Wait()
	if known, ok := fault.As(errs[0]); !ok || known.Reason != reason.AlreadyExists {
		t.Errorf("got %v for an insertion of what exists", errs[0])
	}
	if _, ok := fault.As(errs[1]); ok || !errors.Is(errs[1], context.Canceled) {
		t.Errorf("got %v for a caller who has gone", errs[1])
	}
}

// TestCallerWhoHasGoneLeavesItsGroupAlone has one of twenty go before its first statement: the others are committed in one group.
func TestCallerWhoHasGoneLeavesItsGroupAlone(t *testing.T) {
	db, sizes := openGroupedOn(t, database.PostgreSQL)
	own, leave := context.WithCancel(joining(t.Context()))
	defer leave()
	release := occupy(db)
	var runs atomic.Int32
	var group sync.WaitGroup
	for n := range 20 {
		ctx, want := joining(t.Context()), error(nil)
		if n == 10 {
			ctx, want = own, context.Canceled
		}
		group.Go(func() {
			if err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
				runs.Add(1)
				if n == 10 {
					leave()
				}
				return errors.Join(readNumbers(ctx, tx), insertLater(ctx, tx, n))
			}); !errors.Is(err, want) {
				t.Errorf("%d: got %v, want %v", n, err, want)
			}
		})
		awaitQueued(t, db, n+1)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	group.Wait()
	if len(*sizes) != 1 || runs.Load() != 20 {
		t.Errorf("got groups %v and %d runs, want one of each caller", *sizes, runs.Load())
	}
}
