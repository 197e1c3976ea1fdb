package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// TestNobodyLearnsWhatIsNotDurable holds up the sync of a commit. Others run meanwhile, and see the change, but none is answered.
func TestNobodyLearnsWhatIsNotDurable(t *testing.T) {
	db, _ := openGrouped(t)
	begun, release := make(chan struct{}, 10), make(chan struct{})
	db.SyncWith(func(sync func() error) error {
		begun <- struct{}{}
		<-release
		return sync()
	})
	var group sync.WaitGroup
	answered := make(chan string, 10)
	call := func(name string, do func(ran func()) error) {
		t.Helper()
		ran := make(chan struct{})
		group.Go(func() {
			if err := do(sync.OnceFunc(func() { close(ran) })); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			answered <- name
		})
		select {
		case <-ran:
		case <-time.After(time.Minute):
			t.Fatalf("%s does not run while another commit is synced", name)
		}
	}
	insertOne := func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 1) }
	call("member", func(ran func()) error {
		defer ran()
		return db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			ran()
			return insertOne(ctx, tx)
		})
	})
	<-begun
	found := func(ran func()) func(ctx context.Context, tx *database.Tx) error {
		return func(ctx context.Context, tx *database.Tx) error {
			var n int
			err := tx.QueryRowContext(ctx, `SELECT count(*) FROM numbers`).Scan(&n)
			ran()
			if err == nil && n != 1 {
				err = fmt.Errorf("got %d rows, want the one that is committed", n)
			}
			return err
		}
	}
	refused := func(write func(context.Context, func(context.Context, *database.Tx) error) error) func(func()) error {
		return func(ran func()) error {
			if err := write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				defer ran()
				return insertOne(ctx, tx)
			}); !errors.Is(err, database.ErrUnique) {
				return fmt.Errorf("got %w, want a refusal", err)
			}
			return nil
		}
	}
	call("refused member", refused(db.Write))
	call("refused alone", refused(db.WriteGuarded))
	call("read", func(ran func()) error { return db.Read(t.Context(), found(ran)) })
	call("waiting reader", func(ran func()) error {
		ran()
		return db.Stream(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			answered <- "a stream"
			return found(func() {})(ctx, tx)
		})
	})
	call("read of one", func(ran func()) error { return db.ReadOne(t.Context(), found(ran)) })
	select {
	case name := <-answered:
		t.Errorf("%s was answered before the sync", name)
	case <-time.After(50 * time.Millisecond):
	}
	ctx, leave := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer leave()
	if err := db.Read(ctx, func(context.Context, *database.Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a reader whose time is over waits on: %v", err)
	}
	close(release)
	group.Wait()
	if err := db.Read(t.Context(), found(func() {})); err != nil {
		t.Error(err)
	}
}

// TestFailedSyncEndsTheStore has the disk fail once. What it has is then unknown until the log is read anew.
func TestFailedSyncEndsTheStore(t *testing.T) {
	url := databasetest.Migrated(t, database.SQLite, counters)
	db, err := database.Open(t.Context(), url, counters)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("input/output error")
	db.SyncWith(func(sync func() error) error { return errors.Join(broken, sync()) })
	write := func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 1) }
	if known, ok := fault.As(db.Write(t.Context(), write)); !ok || known.Reason != reason.CommitUncertain {
		t.Errorf("the writer got %v, want that the outcome is unknown", known)
	}
	select {
	case <-db.Failed():
	default:
		t.Error("the program is not told")
	}
	nothing := func(context.Context, *database.Tx) error { return nil }
	for name, err := range map[string]error{
		"write": db.Write(t.Context(), nothing), "guarded": db.WriteGuarded(t.Context(), nothing), "long": db.Write(database.Long(t.Context()), nothing),
		"read": db.Read(t.Context(), nothing), "read of one": db.ReadOne(t.Context(), nothing), "ready": db.Ready(t.Context()), "close": db.Close(),
	} {
		if known, ok := fault.As(err); !ok || known.Reason != reason.StoreUnavailable || !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want that the store has failed", name, err)
		}
	}
	again := databasetest.Open(t, url, counters)
	if got := number(t, again, `SELECT count(*) FROM numbers`); got != 1 {
		t.Errorf("the log has %d rows, want 1", got)
	}
}

// TestFailedSyncConcernsOnlyWhatItCovers has the sync of a second commit fail, while others wait. The first is durable, and those that wait
// change nothing.
func TestFailedSyncConcernsOnlyWhatItCovers(t *testing.T) {
	url := databasetest.Migrated(t, database.SQLite, counters)
	db, err := database.Open(t.Context(), url, counters)
	if err != nil {
		t.Fatal(err)
	}
	syncing, outcome := make(chan struct{}), make(chan error)
	db.SyncWith(func(sync func() error) error {
		syncing <- struct{}{}
		return errors.Join(<-outcome, sync())
	})
	write := func(ctx context.Context, n int, do func()) <-chan error {
		done := make(chan error, 1)
		go func() {
			done <- db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
				do()
				return insert(ctx, tx, n)
			})
		}()
		return done
	}
	first := write(t.Context(), 1, func() {})
	<-syncing
	ran, held, goOn := make(chan struct{}), make(chan struct{}), make(chan struct{})
	second := write(t.Context(), 2, func() { close(ran) })
	<-ran
	long := write(database.Long(t.Context()), 3, func() {
		close(held)
		<-goOn
	})
	<-held
	outcome <- nil
	<-syncing
	if err := <-first; err != nil {
		t.Errorf("the first, which is durable, got %v while the second is synced", err)
	}
	waiting := write(t.Context(), 4, func() { t.Error("one that waits runs after the disk has failed") })
	awaitQueued(t, db, 1)
	outcome <- errors.New("input/output error")
	<-db.Failed()
	close(goOn)
	if got := <-second; !isReason(got, reason.CommitUncertain) {
		t.Errorf("the second got %v, want that the outcome is unknown", got)
	}
	if got := <-long; !isReason(got, reason.StoreUnavailable) {
		t.Errorf("the long one, which has not been committed, got %v", got)
	}
	if got := <-waiting; !isReason(got, reason.StoreUnavailable) {
		t.Errorf("one that waits got %v", got)
	}
}

func isReason(err error, want reason.Reason) bool {
	known, ok := fault.As(err)
	return ok && known.Reason == want
}

// TestStartSyncsWhatWasWritten opens a store whose program wrote a commit but has not synced it.
func TestStartSyncsWhatWasWritten(t *testing.T) {
	url := databasetest.Migrated(t, database.SQLite, counters)
	killed, err := database.Open(t.Context(), url, counters)
	if err != nil {
		t.Fatal(err)
	}
	syncing, release := make(chan struct{}), make(chan struct{})
	killed.SyncWith(func(sync func() error) error {
		close(syncing)
		<-release
		return sync()
	})
	written := make(chan error, 1)
	go func() {
		written <- killed.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 1) })
	}()
	<-syncing
	path := strings.TrimPrefix(url, "sqlite:") + "-wal"
	var synced []string
	database.OnSync(t, func(name string) { synced = append(synced, name) })
	again := databasetest.Open(t, url, counters)
	if got := number(t, again, `SELECT count(*) FROM numbers`); got != 1 || !slices.Equal(synced, []string{path}) {
		t.Errorf("got %d rows, want 1, after syncs of %v", got, synced)
	}
	close(release)
	if err := errors.Join(<-written, killed.Close()); err != nil {
		t.Error(err)
	}
}

// TestEachOtherCommitIsSyncedByTheEngine reads the engine's setting for what runs outside of transactions of the store, such as migrations, after
// those that ended in each way, in groups and alone.
func TestEachOtherCommitIsSyncedByTheEngine(t *testing.T) {
	db, _ := openGrouped(t)
	rows := 0
	insertNext := func(ctx context.Context, tx *database.Tx) error {
		rows++
		return insert(ctx, tx, rows)
	}
	for name, ending := range map[string]struct {
		do   func(ctx context.Context, tx *database.Tx, leave func()) error
		want error
	}{
		"none":      {func(context.Context, *database.Tx, func()) error { return nil }, nil},
		"committed": {func(ctx context.Context, tx *database.Tx, _ func()) error { return insertNext(ctx, tx) }, nil},
		"refused":   {func(context.Context, *database.Tx, func()) error { return errRefused }, errRefused},
		"left": {func(ctx context.Context, tx *database.Tx, leave func()) error {
			leave()
			return insertNext(context.WithoutCancel(ctx), tx)
		}, context.Canceled},
		"undone": {func(ctx context.Context, tx *database.Tx, _ func()) error {
			_, err := tx.ExecContext(ctx, `ROLLBACK`)
			return errors.Join(err, errRefused)
		}, errRefused},
	} {
		for kind, of := range map[string]func(context.Context) context.Context{
			"in a group": func(ctx context.Context) context.Context { return ctx }, "alone": database.Long,
		} {
			ctx, leave := context.WithCancel(of(t.Context()))
			if err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error { return ending.do(ctx, tx, leave) }); !errors.Is(err, ending.want) {
				t.Errorf("%s %s: got %v, want %v", name, kind, err, ending.want)
			}
			leave()
			count(t, db) // waits for no sync that never comes
			const full = 2
			if level, err := db.Synchronous(t.Context()); err != nil || level != full {
				t.Errorf("%s %s: got %d, error %v", name, kind, level, err)
			}
			if err := db.Write(t.Context(), insertNext); err != nil {
				t.Errorf("after %s %s: %v", name, kind, err)
			}
		}
	}
}

// TestWhoRunsAloneIsSyncedAfterItsTurn holds the sync of a transaction that runs alone, whose caller has gone: another gets the turn meanwhile, and nobody
// reads or is told of what it changed. It is answered when the sync ends, as it may be lost if that fails.
func TestWhoRunsAloneIsSyncedAfterItsTurn(t *testing.T) {
	for name, failure := range map[string]error{"kept": nil, "lost": errors.New("input/output error")} {
		for kind, write := range map[string]func(*database.DB, context.Context, func(context.Context, *database.Tx) error) error{
			"guarded": (*database.DB).WriteGuarded,
			"long": func(db *database.DB, ctx context.Context, do func(context.Context, *database.Tx) error) error {
				return db.Write(database.Long(ctx), do)
			},
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				db, err := database.Open(t.Context(), databasetest.Migrated(t, database.SQLite, counters), counters)
				if err != nil {
					t.Fatal(err)
				}
				syncing, outcome := make(chan struct{}, 9), make(chan error, 9)
				db.SyncWith(func(sync func() error) error {
					syncing <- struct{}{}
					return errors.Join(<-outcome, sync())
				})
				told := make(chan struct{}, 1)
				defer db.Follow(told, database.Subject{})()
				ctx, leave := context.WithCancel(t.Context())
				alone, next, ran, read := make(chan error, 1), make(chan error, 1), make(chan struct{}), make(chan error, 1)
				go func() {
					alone <- write(db, ctx, func(ctx context.Context, tx *database.Tx) error {
						tx.Tell(database.Subject{Type: "Number", Tenant: "t"})
						return insert(ctx, tx, 1)
					})
				}()
				<-syncing
				leave()
				go func() {
					next <- db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
						close(ran)
						return insert(ctx, tx, 2)
					})
				}()
				<-ran
				go func() { read <- db.ReadOne(t.Context(), func(context.Context, *database.Tx) error { return nil }) }()
				select {
				case err := <-alone:
					t.Errorf("answered before the sync: %v", err)
				case err := <-read:
					t.Errorf("read before the sync: %v", err)
				case <-told:
					t.Error("told before the sync")
				case <-time.After(50 * time.Millisecond):
				}
				outcome <- failure
				outcome <- nil
				if err := <-alone; failure == nil && err != nil || failure != nil && !isReason(err, reason.CommitUncertain) {
					t.Errorf("got %v", err)
				}
				if readErr, nextErr := <-read, <-next; (readErr == nil) != (failure == nil) || (nextErr == nil) != (failure == nil) {
					t.Errorf("afterwards a read gets %v, a change %v", readErr, nextErr)
				}
				if failure == nil {
					<-told
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

// TestWhoLeavesAtTheCommitHoldsNobody has the caller of a transaction that runs alone go before its commit, while syncs are held.
func TestWhoLeavesAtTheCommitHoldsNobody(t *testing.T) {
	db := databasetest.Open(t, databasetest.Migrated(t, database.SQLite, counters), counters)
	release := make(chan struct{})
	db.SyncWith(func(sync func() error) error {
		<-release
		return sync()
	})
	ctx, leave := context.WithCancel(database.Long(t.Context()))
	gone, ran, next := make(chan error, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		gone <- db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
			defer leave()
			return insert(ctx, tx, 1)
		})
	}()
	<-ctx.Done()
	go func() {
		next <- db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			close(ran)
			return insert(ctx, tx, 1)
		})
	}()
	<-ran
	close(release)
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := <-next; err != nil {
		t.Error(err)
	}
}

// TestNothingRunsAfterTheEngineHasUndone has the engine undo a transaction that runs alone: what follows in it must not be committed by itself.
func TestNothingRunsAfterTheEngineHasUndone(t *testing.T) {
	db := databasetest.Open(t, databasetest.Migrated(t, database.SQLite, counters), counters)
	if err := db.Write(database.Long(t.Context()), func(ctx context.Context, tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, `PRAGMA max_page_count = 1`); err != nil {
			return err
		}
		full := tx.InsertAll(ctx, "counters", []string{"tenant", "name", "value"}, [][]any{{"t", strings.Repeat("x", 1<<20), 1}})
		if _, err := tx.ExecContext(ctx, `PRAGMA max_page_count = 1000000`); err == nil {
			t.Error("a statement runs after the engine has undone the transaction")
		}
		if err := insert(ctx, tx, 7); err == nil {
			t.Error("a row is inserted after the engine has undone the transaction")
		}
		return full
	}); err == nil {
		t.Error("a full store took a row")
	}
	if n := count(t, db); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// TestAnswersSurviveALossOfPower copies the files of a store, as they are when a sync begins. Whoever is answered before the next sync
// must be in the copy, from which the engine takes what is whole.
func TestAnswersSurviveALossOfPower(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link.db")
	db := databasetest.Open(t, "sqlite:"+link, counters)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(t.TempDir(), "real.db")
	if err := errors.Join(os.Rename(link, real), os.Symlink(real, link)); err != nil {
		t.Fatal(err)
	}
	db = databasetest.Open(t, "sqlite:"+link, counters)
	exec(t, db, `PRAGMA wal_autocheckpoint = 0`) // so that a copy is of one moment
	var mu sync.Mutex
	var answered []int
	type loss struct {
		log  []byte
		want []int
	}
	var losses []loss
	db.SyncWith(func(sync func() error) error {
		log, err := os.ReadFile(real + "-wal")
		mu.Lock()
		if len(losses) > 0 {
			losses[len(losses)-1].want = slices.Clone(answered)
		}
		losses = append(losses, loss{log: log})
		mu.Unlock()
		return errors.Join(err, sync())
	})
	var group sync.WaitGroup
	for caller := range 8 {
		group.Go(func() {
			for n := caller * 1000; n < caller*1000+25; n++ {
				if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, n) }); err != nil {
					t.Error(err)
				}
				mu.Lock()
				answered = append(answered, n)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	losses[len(losses)-1].want = answered
	store, err := os.ReadFile(real)
	if err != nil {
		t.Fatal(err)
	}
	if len(losses) < 10 {
		t.Fatalf("only %d syncs", len(losses))
	}
	for i := 0; i < len(losses); i += max(1, len(losses)/10) {
		path := filepath.Join(t.TempDir(), "copy.db")
		if err := errors.Join(os.WriteFile(path, store, 0o600), os.WriteFile(path+"-wal", losses[i].log, 0o600)); err != nil {
			t.Fatal(err)
		}
		copied := databasetest.Open(t, "sqlite:"+path, counters)
		for _, n := range losses[i].want {
			if number(t, copied, fmt.Sprintf(`SELECT count(*) FROM numbers WHERE b = %d`, n)) != 1 {
				t.Errorf("after sync %d of %d, %d was answered and is lost", i, len(losses), n)
			}
		}
	}
}
