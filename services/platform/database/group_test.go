package database_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

var errRefused = errors.New("refused")

// openGrouped opens a SQLite store whose groups end only when nobody waits, and notes how many members each had.
func openGrouped(t *testing.T) (db *database.DB, sizes *[]int) {
	t.Helper()
	return openGroupedOn(t, database.SQLite)
}

// openGroupedOn is openGrouped for an engine. On PostgreSQL, all groups are in one lane.
func openGroupedOn(t *testing.T, engine database.Engine) (db *database.DB, sizes *[]int) {
	t.Helper()
	db = databasetest.Open(t, databasetest.Migrated(t, engine, counters), counters)
	db.KeepGroupsOpen()
	if engine == database.PostgreSQL {
		db.OneLane()
	}
	var mu sync.Mutex
	sizes = new([]int)
	db.OnCommit(func(members int) {
		mu.Lock()
		defer mu.Unlock()
		*sizes = append(*sizes, members)
	})
	return db, sizes
}

// onEachGrouped runs a test on each engine.
func onEachGrouped(t *testing.T, run func(t *testing.T, db *database.DB, sizes *[]int)) {
	t.Helper()
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			db, sizes := openGroupedOn(t, engine)
			run(t, db, sizes)
		})
	}
}

// joining returns a context of transactions that are members of groups on PostgreSQL too.
func joining(ctx context.Context) context.Context { return database.InTurn(ctx, "a") }

// occupy takes the turn to write until release is called, which returns the error of that transaction.
func occupy(db *database.DB) (release func() error) {
	entered, leave, left := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	once := sync.OnceFunc(func() { close(entered) }) // it may run again
	go func() {
		left <- db.Write(joining(context.Background()), func(context.Context, *database.Tx) error {
			once()
			<-leave
			return nil
		})
	}()
	<-entered
	return func() error {
		close(leave)
		return <-left
	}
}

// awaitQueued waits until a number of transactions wait for their turn.
func awaitQueued(t *testing.T, db *database.DB, want int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); db.Queued() != want; time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d transactions wait, want %d", db.Queued(), want)
		}
	}
}

// insert inserts a number, which must not exist.
func insert(ctx context.Context, tx *database.Tx, n int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO numbers VALUES (1, $1, 1)`, n)
	return err
}

// together runs transactions that arrive in order while another holds the turn. It returns their errors, and that of
// the other one at the end. A panic with an error is one.
func together(t *testing.T, db *database.DB, do ...func(context.Context, *database.Tx) error) []error {
	t.Helper()
	release := occupy(db)
	errs := make([]error, len(do)+1)
	var group sync.WaitGroup
	for n, one := range do {
		group.Go(func() {
			defer func() {
				if err, ok := recover().(error); ok {
					errs[n] = err
				}
			}()
			errs[n] = db.Write(joining(context.Background()), one)
		})
		awaitQueued(t, db, n+1)
	}
	errs[len(do)] = release()
	group.Wait()
	return errs
}

func TestWaitingTransactionsShareACommitInOrder(t *testing.T) {
	onEachGrouped(t, func(t *testing.T, db *database.DB, sizes *[]int) {
		const members = 60
		var order []int
		var do []func(context.Context, *database.Tx) error
		for n := range members {
			do = append(do, func(ctx context.Context, tx *database.Tx) error {
				order = append(order, n)
				var before int
				if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM numbers`).Scan(&before); err != nil || before != n {
					return fmt.Errorf("%d rows before %d (error %w)", before, n, err)
				}
				return insert(ctx, tx, n)
			})
		}
		if err := errors.Join(together(t, db, do...)...); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(*sizes, []int{members + 1}) || !slices.IsSorted(order) {
			t.Errorf("groups of %v, in order %v", *sizes, order)
		}
		if got := number(t, db, `SELECT count(*) FROM numbers`); got != members {
			t.Errorf("got %d rows, want %d", got, members)
		}
	})
}

func TestSingleCallerCommitsAtOnce(t *testing.T) {
	onEachGrouped(t, func(t *testing.T, db *database.DB, sizes *[]int) {
		for n := range 3 {
			if err := db.Write(joining(t.Context()), func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, n) }); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(*sizes, []int{1, 1, 1}) {
			t.Errorf("groups of %v, want three of 1", *sizes)
		}
	})
}

// TestPoisonedMemberFailsAlone has one among sixty members of a group fail.
func TestPoisonedMemberFailsAlone(t *testing.T) {
	for name, poison := range map[string]func(context.Context, *database.Tx) error{
		"refused":   func(context.Context, *database.Tx) error { return errRefused },
		"duplicate": func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 1) },
		"panics":    func(context.Context, *database.Tx) error { panic(errRefused) },
		"reading": func(ctx context.Context, tx *database.Tx) error {
			if rows, err := tx.QueryContext(ctx, `SELECT b FROM numbers`); err != nil || !rows.Next() { //nolint:rowserrcheck,sqlclosecheck // left open by a bug
				return fmt.Errorf("no row: %w", err)
			}
			return errRefused
		},
		"unread": func(ctx context.Context, tx *database.Tx) error {
			_ = tx.QueryRowContext(ctx, `SELECT b FROM numbers`) // left open by a bug
			return errRefused
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, sizes := openGrouped(t)
			var do []func(context.Context, *database.Tx) error
			for n := range 60 {
				do = append(do, func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, n) })
			}
			do[30] = func(ctx context.Context, tx *database.Tx) (err error) {
				if err := insert(ctx, tx, 1000); err != nil {
					return err
				}
				return poison(ctx, tx)
			}
			errs := together(t, db, do...)
			if !errors.Is(errs[30], errRefused) && !errors.Is(errs[30], database.ErrUnique) {
				t.Errorf("the poisoned one: %v", errs[30])
			}
			errs[30] = nil
			if err := errors.Join(errs...); err != nil {
				t.Errorf("the others: %v", err)
			}
			if len(*sizes) != 1 || number(t, db, `SELECT count(*) FROM numbers`) != 59 || number(t, db, `SELECT count(*) FROM numbers WHERE b = 1000`) != 0 {
				t.Errorf("groups of %v, %d rows", *sizes, number(t, db, `SELECT count(*) FROM numbers`))
			}
		})
	}
}

// TestCallersThatGaveUpLeaveTheGroupWhole has callers give up in the queue, in their transaction, and while the group of
// their transaction goes on.
func TestCallersThatGaveUpLeaveTheGroupWhole(t *testing.T) {
	onEachGrouped(t, func(t *testing.T, db *database.DB, _ *[]int) {
		release := occupy(db)
		var group sync.WaitGroup
		start := func(ctx context.Context, do func(context.Context, *database.Tx) error) *error {
			queued, err := db.Queued(), new(error)
			group.Go(func() { *err = db.Write(ctx, do) })
			awaitQueued(t, db, queued+1)
			return err
		}
		after, leaveAfter := context.WithCancel(joining(t.Context()))
		during, leaveDuring := context.WithCancel(joining(t.Context()))
		queue, leaveQueue := context.WithCancel(joining(t.Context()))
		gone := make(chan error)
		go func() {
			gone <- db.Write(after, func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 1) })
		}()
		awaitQueued(t, db, 1)
		inside := start(during, func(ctx context.Context, tx *database.Tx) error {
			leaveAfter()
			if err := <-gone; !errors.Is(err, context.Canceled) { // answered though its group is open
				t.Errorf("the caller that left while its group was open: %v", err)
			}
			if err := insert(ctx, tx, 2); err != nil {
				return err
			}
			leaveDuring()
			return nil
		})
		waiting := start(queue, func(context.Context, *database.Tx) error { return errors.New("began for a caller that had gone") })
		last := start(joining(t.Context()), func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 4) })
		leaveQueue()
		awaitQueued(t, db, 3)
		if err := release(); err != nil {
			t.Error(err)
		}
		group.Wait()
		if !errors.Is(*inside, context.Canceled) || !errors.Is(*waiting, context.Canceled) || *last != nil {
			t.Errorf("got %v, %v and %v", *inside, *waiting, *last)
		}
		if number(t, db, `SELECT count(*) FROM numbers WHERE b = 2`) != 0 || number(t, db, `SELECT count(*) FROM numbers WHERE b = 4`) != 1 {
			t.Error("the transaction of a caller that had gone is kept, or the one after it is lost")
		}
	})
}

// TestFailedCommitAcknowledgesNobody breaks a constraint that the engine checks at the commit.
func TestFailedCommitAcknowledgesNobody(t *testing.T) {
	db, _ := openGrouped(t)
	exec(t, db, `CREATE TABLE owned (number BIGINT NOT NULL REFERENCES numbers (b) DEFERRABLE INITIALLY DEFERRED)`)
	committed := make(chan struct{}, 1)
	defer db.Follow(committed, database.Subject{Type: "Number"})()
	told := func(n int) func(context.Context, *database.Tx) error {
		return func(ctx context.Context, tx *database.Tx) error {
			tx.Tell(database.Subject{Type: "Number"})
			return insert(ctx, tx, n)
		}
	}
	broken := func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO owned VALUES (77)`)
		return err
	}
	errs := together(t, db,
		told(1),
		broken,
		func(context.Context, *database.Tx) error { return errRefused }, // its refusal may rest on what is lost
		told(2))
	for n, err := range errs {
		if err == nil || errors.Is(err, errRefused) {
			t.Errorf("transaction %d: got %v, want the error of the commit", n, err)
		}
	}
	if got := number(t, db, `SELECT count(*) FROM numbers`); got != 0 {
		t.Errorf("%d rows are kept", got)
	}
	select {
	case <-committed:
		t.Error("followers were woken by a commit that failed")
	default:
	}
	if err := db.Write(t.Context(), told(3)); err != nil {
		t.Errorf("writing after the failed commit: %v", err)
	}
	select {
	case <-committed:
	default:
		t.Error("followers were not woken before the writer was answered")
	}
}

// TestFullStoreFailsOnlyWhatDoesNotFit fills the store in the middle of a group. The engine then undoes all of the group.
func TestFullStoreFailsOnlyWhatDoesNotFit(t *testing.T) {
	db, _ := openGrouped(t)
	pages := number(t, db, `SELECT page_count FROM pragma_page_count`)
	exec(t, db, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+4))
	small := func(n int) func(context.Context, *database.Tx) error {
		return func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, n) }
	}
	errs := together(t, db, small(1), small(2), func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO counters VALUES ('t', hex(zeroblob(100000)), 0)`)
		if err == nil {
			t.Error("100,000 bytes fit")
		}
		return insert(ctx, tx, 5) // as if it had not noticed
	}, small(3), small(4))
	if !errors.Is(errs[2], fault.Unavailable) {
		t.Errorf("the one that does not fit: %v", errs[2])
	}
	errs[2] = nil
	if err := errors.Join(errs...); err != nil {
		t.Errorf("the others: %v", err)
	}
	if got := number(t, db, `SELECT sum(b) FROM numbers`); got != 10 {
		t.Errorf("the numbers add up to %d, want 10", got)
	}
}

// TestOnlyGroupsKeepTemporaryDataInMemory reads where the engine keeps it. A migration may sort a table of any size.
func TestOnlyGroupsKeepTemporaryDataInMemory(t *testing.T) {
	db := databasetest.Open(t, databasetest.URL(t, database.SQLite), fstest.MapFS{
		"00100_seen.sql": {Data: []byte("-- +goose Up\nCREATE TABLE seen AS SELECT temp_store FROM pragma_temp_store;")},
	})
	if got := number(t, db, `SELECT temp_store FROM seen`); got != 0 {
		t.Errorf("a migration has temp_store %d, want that of the engine", got)
	}
	if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		var store int
		if err := tx.QueryRowContext(ctx, `SELECT temp_store FROM pragma_temp_store`).Scan(&store); err != nil || store != 2 {
			t.Errorf("a group has temp_store %d, want memory; error %v", store, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
