package database_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// openPrograms opens the store of several programs on PostgreSQL, which keep rows for as long as a test lasts.
func openPrograms(t testing.TB, number int) []*database.DB {
	t.Helper()
	url := databasetest.Migrated(t, database.PostgreSQL, counters)
	programs := make([]*database.DB, number)
	for i := range programs {
		programs[i] = databasetest.Open(t, url, counters)
		programs[i].CheckCached(nil) // which would read again
		programs[i].SetInvalidation(time.Hour, time.Hour, time.Hour, 0)
	}
	return programs
}

// TestCachedReadsAgainWhatAnyProgramHasChanged checks that a row on PostgreSQL is read once until a transaction may have changed its table, by whichever
// program and in whatever way.
func TestCachedReadsAgainWhatAnyProgramHasChanged(t *testing.T) {
	const update = `UPDATE counters SET value = 2`
	write := func(statement string) func(context.Context, *database.DB) error {
		return func(ctx context.Context, db *database.DB) error { return db.Write(ctx, executing(statement)) }
	}
	for name, test := range map[string]struct {
		change func(context.Context, *database.DB) error
		again  bool
		want   int64
	}{
		"nothing":                    {func(context.Context, *database.DB) error { return nil }, false, 1},
		"an update":                  {write(update), true, 2},
		"an update in other letters": {write(`Update "counters" Set value = 2`), true, 2},
		"another row":                {write(`INSERT INTO counters VALUES ('t', 'b', 7)`), true, 1},
		"another table":              {write(`INSERT INTO numbers VALUES (1, 2, 3)`), false, 1},
		"behind a WITH":              {write(`WITH two (n) AS (SELECT 2) UPDATE counters SET value = (SELECT n FROM two)`), true, 2},
		"two statements in one":      {write(`SELECT 1; UPDATE counters SET value = 2`), true, 2},
		"in turn with others": {func(ctx context.Context, db *database.DB) error {
			return db.Write(database.InTurn(ctx, "a"), executing(update))
		}, true, 2},
		"alone": {func(ctx context.Context, db *database.DB) error {
			return db.Write(database.AtOnce(ctx), executing(update))
		}, true, 2},
		"guarded": {func(ctx context.Context, db *database.DB) error { return db.WriteGuarded(ctx, executing(update)) }, true, 2},
		"later": {func(ctx context.Context, db *database.DB) error {
			return db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
				_, err := tx.Later(func(err error) error { return err }).ExecContext(ctx, update)
				return err
			})
		}, true, 2},
		"rows that a statement returns": {func(ctx context.Context, db *database.DB) error { return db.Write(ctx, returning) }, true, 2},
		"a prepared statement": {func(ctx context.Context, db *database.DB) error {
			return db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
				prepared, err := tx.PrepareContext(ctx, `UPDATE counters SET value = $1`)
				if err != nil {
					return err
				}
				defer func() { _ = prepared.Close() }() // the transaction ends
				_, err = prepared.ExecContext(ctx, 2)
				return err
			})
		}, true, 2},
		"many rows": {func(ctx context.Context, db *database.DB) error {
			return db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
				return tx.InsertAll(ctx, "counters", []string{"tenant", "name", "value"}, [][]any{{"t", "c", 1}, {"t", "d", 1}})
			})
		}, true, 1},
		"rows that are gathered": {func(ctx context.Context, db *database.DB) error {
			rows := database.NewRows("counters", "tenant", "name", "value")
			return db.Write(database.InTurn(ctx, "a"), func(ctx context.Context, tx *database.Tx) error {
				return tx.InsertSoon(ctx, rows, func(err error) error { return err }, "t", "c", int64(1))
			})
		}, true, 1},
		"what is undone": {func(ctx context.Context, db *database.DB) error {
			if err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
				return errorsAfter(executing(update)(ctx, tx))
			}); !errors.Is(err, errRefused) {
				return fmt.Errorf("got error %w", err)
			}
			return nil
		}, false, 1},
		"more than is told one by one": {write(`INSERT INTO changed_rows (what) SELECT 'numbers' FROM generate_series(1, 1000)`), true, 1},
		"more rows by themselves than are told one by one": {func(ctx context.Context, db *database.DB) error {
			return db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
				err := changeCounter(ctx, tx, "a", 1, 2)
				for n := 0; err == nil && n < 300; n++ {
					err = changeCounter(ctx, tx, fmt.Sprint(n), 1, 2) // which is not there
				}
				return err
			})
		}, true, 2},
		"what a program of another version tells of a row": {write(`INSERT INTO changed_rows (what) VALUES ('counters~another:1')`), true, 1},
		"what nobody understands":                          {write(`INSERT INTO changed_rows (what) VALUES ('another')`), true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, by := range []string{"the same program", "another program"} {
				programs, ran := openPrograms(t, 2), 0
				reader, writer := programs[0], programs[0]
				if by == "another program" {
					writer = programs[1]
				}
				exec(t, writer, `INSERT INTO counters VALUES ('t', 'a', 1)`)
				readsRow(t, reader, "a", &ran) // asks from now on
				readsRow(t, reader, "a", &ran)
				readsRow(t, reader, "a", &ran)
				ran = 0
				must(t, test.change(t.Context(), writer))
				if got := readsRow(t, reader, "a", &ran); got != test.want {
					t.Errorf("%s: got %d, want %d", by, got, test.want)
				}
				if again := ran > 0; again != test.again {
					t.Errorf("%s: read again: %t, want %t", by, again, test.again)
				}
			}
		})
	}
}

// errorsAfter returns errRefused unless err is another error.
func errorsAfter(err error) error {
	if err == nil {
		err = errRefused
	}
	return err
}

// TestChangeRowTellsOfOneRow has one program change a row by itself: for another one, the other rows of the table stay in memory.
func TestChangeRowTellsOfOneRow(t *testing.T) {
	programs, ran := openPrograms(t, 2), 0
	exec(t, programs[0], `INSERT INTO counters VALUES ('t', 'a', 1), ('t', 'b', 1)`)
	for range 3 {
		readsRow(t, programs[0], "a", &ran)
		readsRow(t, programs[0], "b", &ran)
		readsCached(t, programs[0], &ran)
	}
	for n, changed := range []context.Context{database.InTurn(t.Context(), "a"), t.Context()} {
		ran = 0
		must(t, programs[1].Write(changed, func(ctx context.Context, tx *database.Tx) error {
			return changeCounter(ctx, tx, "a", int64(n+1), int64(n+2))
		}))
		if got := readsRow(t, programs[0], "b", &ran); got != 1 || ran != 0 {
			t.Errorf("the other row: got %d from %d reads", got, ran)
		}
		if got := readsRow(t, programs[0], "a", &ran); got != int64(n+2) || ran != 1 {
			t.Errorf("the row: got %d from %d reads", got, ran)
		}
		if got := readsCached(t, programs[0], &ran); got != int64(n+2) || ran != 2 {
			t.Errorf("the row as one of the table: got %d from %d reads", got, ran-1)
		}
		readsRow(t, programs[0], "a", &ran)
	}
}

// TestProgramForgetsWhatItCannotFollow has rows removed of which a program was not told, and another server answer.
func TestProgramForgetsWhatItCannotFollow(t *testing.T) {
	for name, happens := range map[string]func(t *testing.T, reader, other *database.DB){
		"removed": func(t *testing.T, _, other *database.DB) {
			other.SetInvalidation(time.Hour, 0, time.Hour, 0)
			must(t, other.Forget(t.Context()))
		},
		"another server": func(t *testing.T, reader, other *database.DB) {
			reader.AnotherServer()
			exec(t, other, `DELETE FROM changed_rows`) // as if nobody had told
		},
	} {
		t.Run(name, func(t *testing.T) {
			programs, ran := openPrograms(t, 2), 0
			exec(t, programs[1], `INSERT INTO counters VALUES ('t', 'a', 1)`)
			for range 3 {
				readsRow(t, programs[0], "a", &ran)
			}
			ran = 0
			exec(t, programs[1], `UPDATE counters SET value = 2`)
			happens(t, programs[0], programs[1])
			if got := readsRow(t, programs[0], "a", &ran); got != 2 || ran != 1 {
				t.Errorf("got %d from %d reads", got, ran)
			}
			if got := readsRow(t, programs[0], "a", &ran); got != 2 || ran != 1 {
				t.Errorf("then got %d from %d reads in all", got, ran)
			}
		})
	}
}

// TestLearningTablesLosesNoChange has several callers at once use a store whose tables are not known to their program.
func TestLearningTablesLosesNoChange(t *testing.T) {
	url := databasetest.Migrated(t, database.PostgreSQL, counters)
	writer := databasetest.Open(t, url, counters)
	exec(t, writer, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	for want := int64(2); want < 42; want++ {
		db, err := database.Open(t.Context(), url, counters)
		must(t, err)
		db.SetInvalidation(time.Hour, time.Hour, time.Hour, 0)
		var group sync.WaitGroup
		for n := range 8 {
			group.Go(func() {
				if n%2 == 0 {
					must(t, db.Ready(t.Context()))
				}
				for range n {
					readsRow(t, db, "a", new(int))
				}
			})
		}
		group.Wait()
		exec(t, writer, fmt.Sprintf(`UPDATE counters SET value = %d`, want))
		if got := readsRow(t, db, "a", new(int)); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
		must(t, db.Close())
	}
}

// TestProgramTellsWhateverItsSearchPath has a program find the tables in another schema than its first.
func TestProgramTellsWhateverItsSearchPath(t *testing.T) {
	url, ran := databasetest.Migrated(t, database.PostgreSQL, counters), 0
	reader := databasetest.Open(t, url, counters)
	reader.CheckCached(nil)
	reader.SetInvalidation(time.Hour, time.Hour, time.Hour, 0)
	for _, statement := range []string{`CREATE SCHEMA other`, `INSERT INTO counters VALUES ('t', 'a', 1)`} {
		exec(t, reader, statement)
	}
	writer, err := database.Open(t.Context(), url+"&search_path=other,public", counters)
	must(t, err)
	defer func() { must(t, writer.Close()) }()
	for range 3 {
		readsRow(t, reader, "a", &ran)
	}
	exec(t, writer, `INSERT INTO numbers VALUES (1, 2, 3)`)
	ran = 0
	if readsRow(t, reader, "a", &ran); ran != 0 {
		t.Error("the writer does not know which tables it changes")
	}
	exec(t, writer, `UPDATE counters SET value = 2`)
	if got := readsRow(t, reader, "a", &ran); got != 2 {
		t.Errorf("got %d", got)
	}
}

// TestSlowAnswerIsNotWaitedFor locks what is asked. Reads that would wait for the answer read instead, those that ask later at once.
func TestSlowAnswerIsNotWaitedFor(t *testing.T) {
	url, ran := databasetest.Migrated(t, database.PostgreSQL, counters), 0
	db := databasetest.Open(t, url, counters)
	db.CheckCached(nil)
	db.SetInvalidation(10*time.Millisecond, time.Hour, time.Hour, 0)
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	readsRow(t, db, "a", &ran)
	readsRow(t, db, "a", &ran)
	holder, err := sql.Open("pgx", strings.Split(url, "&pool_max_conns=")[0])
	must(t, err)
	defer func() { must(t, holder.Close()) }()
	lock, err := holder.Begin()
	must(t, err)
	_, err = lock.Exec(`LOCK TABLE changed_rows`)
	must(t, err)
	began := time.Now()
	for range 20 {
		if got := readsRow(t, db, "a", &ran); got != 1 {
			t.Errorf("got %d", got)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("20 reads took %s", took)
	}
	must(t, lock.Rollback())
}

// TestRowThatChangesAllTheTimeIsNotKept has a row change between reads: after the first that has asked in vain, none asks.
func TestRowThatChangesAllTheTimeIsNotKept(t *testing.T) {
	db, ran := openPrograms(t, 1)[0], 0
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	for range 3 {
		readsRow(t, db, "a", &ran)
	}
	db.SetInvalidation(time.Hour, time.Hour, time.Hour, time.Hour)
	exec(t, db, `UPDATE counters SET value = 2`)
	readsRow(t, db, "a", &ran)
	ran = 0
	for range 3 {
		readsRow(t, db, "a", &ran)
	}
	if ran != 3 {
		t.Errorf("of 3 reads %d read", ran)
	}
}

// slowly runs a statement in a transaction that ends when the returned function is called.
func slowly(t *testing.T, db *database.DB, statement string) (end func()) {
	t.Helper()
	ran, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- db.Write(database.AtOnce(t.Context()), func(ctx context.Context, tx *database.Tx) error {
			err := executing(statement)(ctx, tx)
			close(ran)
			<-goOn
			return err
		})
	}()
	<-ran
	return func() {
		close(goOn)
		must(t, <-ended)
	}
}

// TestTransactionThatRanWhenAProgramAsked has a reader ask while a transaction runs that has a lower number than others that have ended.
func TestTransactionThatRanWhenAProgramAsked(t *testing.T) {
	programs, ran := openPrograms(t, 2), 0
	exec(t, programs[1], `INSERT INTO counters VALUES ('t', 'a', 1)`)
	end := slowly(t, programs[1], `UPDATE counters SET value = 2`)
	exec(t, programs[1], `INSERT INTO numbers VALUES (1, 2, 3)`)
	for range 3 {
		if got := readsRow(t, programs[0], "a", &ran); got != 1 {
			t.Errorf("before the commit: got %d", got)
		}
	}
	end()
	if got := readsRow(t, programs[0], "a", &ran); got != 2 {
		t.Errorf("after the commit: got %d", got)
	}
}

// byHand runs a statement as another program than Continuo.
func byHand(t *testing.T, url, statement string) {
	t.Helper()
	url, _, _ = strings.Cut(url, "&pool_max_conns=")
	hand, err := sql.Open("pgx", url)
	must(t, err)
	_, err = hand.Exec(statement)
	must(t, err)
	must(t, hand.Close())
}

// TestChangeByHandIsSeenInTime changes a row without telling.
func TestChangeByHandIsSeenInTime(t *testing.T) {
	url, ran := databasetest.Migrated(t, database.PostgreSQL, counters), 0
	db := databasetest.Open(t, url, counters)
	db.CheckCached(nil)
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	readsRow(t, db, "a", &ran)
	readsRow(t, db, "a", &ran)
	byHand(t, url, `UPDATE counters SET value = 2`)
	for changed := time.Now(); readsRow(t, db, "a", &ran) != 2; {
		if time.Since(changed) > 10*time.Second {
			t.Fatal("it is not seen after ten seconds")
		}
	}
}

// TestReadWithoutAnAnswerReads has the store refuse to tell what has changed: who finds a row in memory reads it again.
func TestReadWithoutAnAnswerReads(t *testing.T) {
	url, ran := databasetest.Migrated(t, database.PostgreSQL, counters), 0
	db := databasetest.Open(t, url, counters)
	db.CheckCached(nil)
	db.SetInvalidation(time.Hour, time.Hour, time.Hour, 0)
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	for range 3 {
		readsRow(t, db, "a", &ran)
	}
	byHand(t, url, `ALTER TABLE changed_rows RENAME TO gone`)
	ran = 0
	if got := readsRow(t, db, "a", &ran); got != 1 || ran != 1 {
		t.Errorf("got %d from %d reads", got, ran)
	}
}

// TestCrashIsAnotherServer kills a process of PostgreSQL, which then starts again with what it had committed, at the same time of its start as before.
func TestCrashIsAnotherServer(t *testing.T) {
	cluster, err := databasetest.StartPostgres()
	must(t, err)
	t.Cleanup(func() { must(t, cluster.Remove()) })
	url, ran := cluster.Database(t), 0
	db := databasetest.Open(t, url, counters)
	db.CheckCached(nil)
	db.SetInvalidation(time.Hour, time.Hour, time.Hour, 0)
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	for range 3 {
		readsRow(t, db, "a", &ran)
	}
	var process, other int
	must(t, db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT pg_backend_pid(), pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`).Scan(&process, &other)
	}))
	must(t, syscall.Kill(process, syscall.SIGKILL))
	began := time.Now()
	for syscall.Kill(other, 0) == nil { // the server ends all its processes
		if time.Since(began) > 30*time.Second {
			t.Fatal("the server has not crashed")
		}
	}
	for answers := 0; answers < 5; answers++ { // the first ones may come by connections that are lost
		if err := db.Ready(t.Context()); err != nil && time.Since(began) > 30*time.Second {
			t.Fatal(err)
		} else if err != nil {
			answers = 0
		}
	}
	ran = 0
	if got := readsRow(t, db, "a", &ran); got != 1 || ran != 1 {
		t.Errorf("after the crash: got %d from %d reads", got, ran)
	}
}
