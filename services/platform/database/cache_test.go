package database_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// counterKey is the key of a counter that is read from the cache.
type counterKey struct{ name string }

// cachedCounter returns a read of a counter, and how often it ran.
func cachedCounter(name string, ran *int) func(context.Context, *database.Tx) (int64, error) {
	return func(ctx context.Context, tx *database.Tx) (int64, error) {
		return database.Cached(tx, counterKey{name}, func() (value int64, err error) {
			*ran++
			err = tx.QueryRowContext(ctx, `SELECT value FROM counters WHERE tenant = 't' AND name = $1`, name).Scan(&value)
			return value, err
		})
	}
}

func openOwned(t testing.TB, engine database.Engine) *database.DB {
	t.Helper()
	db := databasetest.Open(t, databasetest.Migrated(t, engine, counters), counters)
	db.CheckCached(nil) // which would read again
	if err := db.Own(); err != nil {
		t.Fatal(err)
	}
	return db
}

// readsCached reads counter a as a single read does.
func readsCached(t testing.TB, db *database.DB, ran *int) (value int64) {
	t.Helper()
	if err := db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		value, err = cachedCounter("a", ran)(ctx, tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestCachedReadsAgainWhatHasChanged checks that a row is read once until something may have changed its table, whatever that is.
func TestCachedReadsAgainWhatHasChanged(t *testing.T) {
	write := func(statement string) func(*testing.T, *database.DB) {
		return func(t *testing.T, db *database.DB) { exec(t, db, statement) }
	}
	in := func(way func(*database.DB, context.Context, func(context.Context, *database.Tx) error) error, do func(context.Context, *database.Tx) error) func(*testing.T, *database.DB) {
		return func(t *testing.T, db *database.DB) {
			if err := way(db, t.Context(), do); err != nil {
				t.Fatal(err)
			}
		}
	}
	long := func(db *database.DB, ctx context.Context, do func(context.Context, *database.Tx) error) error {
		return db.Write(database.Long(ctx), do)
	}
	const update = `UPDATE counters SET value = 2`
	for name, test := range map[string]struct {
		change func(*testing.T, *database.DB)
		again  bool
		want   int64
	}{
		"nothing":                       {func(*testing.T, *database.DB) {}, false, 1},
		"an update":                     {write(update), true, 2},
		"an update in other letters":    {write(`Update "COUNTERS" Set value = 2`), true, 2},
		"an update after a comment":     {write("-- name: Some :exec\n\t" + update), true, 2},
		"another row":                   {write(`INSERT INTO counters VALUES ('t', 'b', 7)`), true, 1},
		"another table":                 {write(`INSERT INTO numbers VALUES (1, 2, 3)`), false, 1},
		"a statement that names it":     {write(`INSERT INTO numbers SELECT 1, 2, value FROM counters`), true, 1},
		"an update behind a WITH":       {write(`WITH two (n) AS (SELECT 2) UPDATE counters SET value = (SELECT n FROM two)`), true, 2},
		"a replacement":                 {write(`REPLACE INTO counters VALUES ('t', 'a', 2)`), true, 2},
		"the schema":                    {write(`CREATE TABLE more (a BIGINT)`), true, 1},
		"a new column":                  {write(`ALTER TABLE counters ADD COLUMN more BIGINT`), true, 1},
		"two statements in one":         {write(`SELECT 1; UPDATE counters SET value = 2`), true, 2},
		"rows that a statement returns": {in((*database.DB).Write, returning), true, 2},
		"many rows": {in((*database.DB).Write, func(ctx context.Context, tx *database.Tx) error {
			return tx.InsertAll(ctx, "counters", []string{"tenant", "name", "value"}, [][]any{{"t", "c", 1}, {"t", "d", 1}})
		}), true, 1},
		"a long transaction":    {in(long, executing(update)), true, 2},
		"a guarded transaction": {in((*database.DB).WriteGuarded, executing(update)), true, 2},
		"what is undone": {func(t *testing.T, db *database.DB) {
			rolledBack(t, db, func(tx *database.Tx) { must(t, executing(update)(t.Context(), tx)) })
		}, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			for _, known := range []bool{true, false} { // whether the tables of the store are
				db, ran := openOwned(t, database.SQLite), 0
				exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
				if known {
					readsCached(t, db, &ran)
					readsCached(t, db, &ran)
				}
				test.change(t, db)
				if got := readsCached(t, db, &ran); got != test.want {
					t.Errorf("got %d, want %d", got, test.want)
				}
				if again := ran > 1; known && again != test.again {
					t.Errorf("read again: %t, want %t", again, test.again)
				}
				ran = 0
				if got := readsCached(t, db, &ran); got != test.want || ran != 0 {
					t.Errorf("got %d from %d reads, want %d from none", got, ran, test.want)
				}
			}
		})
	}
}

func executing(statement string) func(context.Context, *database.Tx) error {
	return func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	}
}

func returning(ctx context.Context, tx *database.Tx) error {
	var value int64
	return tx.QueryRowContext(ctx, `UPDATE counters SET value = 2 RETURNING value`).Scan(&value)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// statement is the key of the number that it finds.
type statement string

// finds reads a number by a statement, and the same by others before it.
func finds(t *testing.T, db *database.DB, ran *int, last statement, before ...statement) (sum int64) {
	t.Helper()
	must(t, db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		sum, err = database.Cached(tx, last, func() (sum int64, err error) {
			*ran++
			if len(before) > 0 {
				if sum, err = database.Cached(tx, before[0], func() (n int64, err error) {
					err = tx.QueryRowContext(ctx, string(before[0])).Scan(&n)
					return n, err
				}); err != nil {
					return 0, err
				}
			}
			var n int64
			err = tx.QueryRowContext(ctx, string(last)).Scan(&n)
			return sum + n, err
		})
		return err
	}))
	return sum
}

// TestCachedReadsWhatMayChangeUnnamed has rows change without a statement that names their table.
func TestCachedReadsWhatMayChangeUnnamed(t *testing.T) {
	const (
		sum    = `SELECT total(value) FROM counters`
		update = `UPDATE counters SET value = 2`
	)
	for name, test := range map[string]struct {
		setup  string
		read   statement
		change string
	}{
		"a view":       {`CREATE VIEW seen AS SELECT value FROM counters`, `SELECT value FROM seen`, update},
		"a trigger":    {`CREATE TRIGGER one AFTER INSERT ON numbers BEGIN UPDATE counters SET value = 2; END`, sum, `INSERT INTO numbers VALUES (1, 2, 3)`},
		"a key":        {`CREATE TABLE of (name TEXT REFERENCES counters (name) ON DELETE CASCADE)`, `SELECT count(*) FROM of`, update},
		"no table":     {`CREATE TABLE more (a BIGINT)`, `SELECT total_changes()`, update},
		"a new table":  {`CREATE TABLE more (a BIGINT)`, `SELECT count(*) FROM more`, `INSERT INTO more SELECT value FROM counters`},
		"an old table": {`ALTER TABLE numbers RENAME TO more`, `SELECT count(*) FROM more`, `INSERT INTO more SELECT value, value, value FROM counters`},
	} {
		t.Run(name, func(t *testing.T) {
			db, ran := openOwned(t, database.SQLite), 0
			exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
			exec(t, db, test.setup)
			finds(t, db, &ran, test.read)
			exec(t, db, test.change)
			ran = 0
			if finds(t, db, &ran, test.read); ran != 1 {
				t.Errorf("read %d times after the change", ran)
			}
		})
	}
}

// TestCachedWithinCached checks that a row depends on the tables of what it is made of.
func TestCachedWithinCached(t *testing.T) {
	db, ran := openOwned(t, database.SQLite), 0
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	exec(t, db, `INSERT INTO numbers VALUES (1, 2, 3)`)
	const inner, outer statement = `SELECT value FROM counters`, `SELECT c FROM numbers`
	finds(t, db, &ran, inner)
	if got := finds(t, db, &ran, outer, inner); got != 4 {
		t.Fatalf("got %d", got)
	}
	exec(t, db, `UPDATE counters SET value = 10`)
	if got := finds(t, db, &ran, outer, inner); got != 13 {
		t.Errorf("got %d, want 13", got)
	}
}

// TestCachedIsOneStatement checks that a read without a transaction does not see two states of the store.
func TestCachedIsOneStatement(t *testing.T) {
	db, ran := openOwned(t, database.SQLite), 0
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1), ('t', 'b', 1)`)
	readsCached(t, db, &ran)
	if err := db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		if _, err = cachedCounter("a", &ran)(ctx, tx); err != nil {
			return err
		}
		var b int64
		return tx.QueryRowContext(ctx, `SELECT value FROM counters WHERE name = 'b'`).Scan(&b)
	}); !errors.Is(err, database.ErrSecondStatement) || ran != 1 {
		t.Errorf("got %v after %d reads", err, ran)
	}
}

// TestCachedGoesOn checks that rows are kept again after transactions that ended otherwise than by a commit.
func TestCachedGoesOn(t *testing.T) {
	db, ran := openOwned(t, database.SQLite), 0
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	const update = `UPDATE counters SET value = 2`
	for name, end := range map[string]func(){
		"undone": func() { rolledBack(t, db, func(tx *database.Tx) { must(t, executing(update)(t.Context(), tx)) }) },
		"undone, alone": func() {
			_ = db.Write(database.Long(t.Context()), func(ctx context.Context, tx *database.Tx) error {
				return errors.Join(executing(update)(ctx, tx), errRefused)
			})
		},
		"undone by the engine": func() {
			_ = db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				return errors.Join(executing(update)(ctx, tx), executing(`ROLLBACK`)(ctx, tx), errRefused)
			})
		},
	} {
		end()
		readsCached(t, db, &ran)
		ran = 0
		if got := readsCached(t, db, &ran); got != 1 || ran != 0 {
			t.Errorf("%s: got %d after %d reads", name, got, ran)
		}
	}
}

// TestCachedWaitsForSyncs checks which rows in memory are passed on while a change waits for its sync: those that it has not changed and that were durable
// before, but not one that it has changed, nor one that was read first meanwhile. After the sync has failed, none is.
func TestCachedWaitsForSyncs(t *testing.T) {
	db, err := database.Open(t.Context(), databasetest.Migrated(t, database.SQLite, counters), counters)
	must(t, err)
	must(t, db.Own())
	held, syncing, outcome := atomic.Bool{}, make(chan struct{}), make(chan error)
	db.SyncWith(func(sync func() error) error {
		if !held.Load() {
			return sync()
		}
		close(syncing)
		return <-outcome
	})
	ran := 0
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1), ('t', 'b', 1), ('t', 'c', 1)`)
	for _, name := range []string{"a", "b"} {
		readsRow(t, db, name, &ran)
	}
	held.Store(true)
	written := make(chan error, 1)
	go func() {
		written <- db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			value, err := rowCounter("b", &ran)(ctx, tx)
			return errors.Join(err, changeCounter(ctx, tx, "b", value, value+1))
		})
	}()
	<-syncing
	read := func(name string) <-chan error {
		found, answered := make(chan struct{}, 1), make(chan error, 1)
		go func() {
			answered <- db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				defer func() { found <- struct{}{} }()
				_, err := rowCounter(name, new(int))(ctx, tx)
				return err
			})
		}()
		<-found
		return answered
	}
	if err := <-read("a"); err != nil {
		t.Errorf("a row that the change leaves alone: %v", err)
	}
	waiting := map[string]<-chan error{"changed": read("b"), "read first meanwhile": read("c")}
	waiting["in memory since then"] = read("c")
	time.Sleep(50 * time.Millisecond) // for one that does not wait to show it
	for which, answered := range waiting {
		select {
		case err := <-answered:
			t.Fatalf("%s: passed on before the sync, with error %v", which, err)
		default:
		}
	}
	outcome <- errRefused
	if err := <-written; err == nil {
		t.Error("a change that was not synced succeeded")
	}
	for which, answered := range waiting {
		if err := <-answered; err == nil {
			t.Errorf("%s: passed on after the disk has failed", which)
		}
	}
	if err := db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		_, err := rowCounter("a", &ran)(ctx, tx)
		return err
	}); err == nil {
		t.Error("left alone: passed on after the disk has failed")
	}
}

// TestCachedInTransactions checks that a transaction sees what it and those before it in its group have changed, and what was undone.
func TestCachedInTransactions(t *testing.T) {
	db, ran := openOwned(t, database.SQLite), 0
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	if got := readsCached(t, db, &ran); got != 1 {
		t.Fatalf("got %d", got)
	}
	db.KeepGroupsOpen()
	release := occupy(db)
	var group sync.WaitGroup
	for n, member := range []struct {
		before, set, after int64
		err                error
	}{{1, 2, 2, nil}, {2, 3, 3, errRefused}, {2, 4, 4, nil}} {
		group.Go(func() {
			err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				if got, err := cachedCounter("a", &ran)(ctx, tx); err != nil || got != member.before {
					t.Errorf("transaction %d begins with %d (error %v), want %d", n, got, err, member.before)
				}
				if _, err := tx.ExecContext(ctx, `UPDATE counters SET value = $1`, member.set); err != nil {
					return err
				}
				if got, err := cachedCounter("a", &ran)(ctx, tx); err != nil || got != member.after {
					t.Errorf("transaction %d sees %d (error %v), want %d", n, got, err, member.after)
				}
				return member.err
			})
			if (err != nil) != (member.err != nil) {
				t.Errorf("transaction %d: %v", n, err)
			}
		})
		awaitQueued(t, db, n+1)
	}
	must(t, release())
	group.Wait()
	if got := readsCached(t, db, &ran); got != 4 {
		t.Errorf("got %d, want 4", got)
	}
}

// TestCachedReadsAlwaysWhereOthersWrite checks that nothing is kept on PostgreSQL, in a store that is not owned, and of a snapshot.
func TestCachedReadsAlwaysWhereOthersWrite(t *testing.T) {
	twice := func(t *testing.T, db *database.DB, way func(context.Context, func(context.Context, *database.Tx) error) error) {
		t.Helper()
		ran := 0
		for range 2 {
			must(t, way(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				_, err := cachedCounter("a", &ran)(ctx, tx)
				return err
			}))
		}
		if ran != 2 {
			t.Errorf("read %d times, want 2", ran)
		}
	}
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
		db.Uncached()
		twice(t, db, db.ReadOne)
		must(t, db.Own())
		twice(t, db, db.Read)
		if db.Engine() == database.PostgreSQL {
			twice(t, db, db.ReadOne)
		}
	})
}

// TestCachedSeesWhatTheOperatorMigrates has another program migrate the store while this one serves it: what it kept goes once it has looked at the schema.
func TestCachedSeesWhatTheOperatorMigrates(t *testing.T) {
	url := databasetest.Migrated(t, database.SQLite, counters)
	db, ran := databasetest.Open(t, url, counters), 0
	must(t, db.Own())
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	readsCached(t, db, &ran)
	readsCached(t, db, &ran)
	readsRow(t, db, "a", &ran)
	must(t, openUnmigrated(t, url, with(map[string]string{
		"00101_two.sql": "-- +goose Up\n-- oldest program: 00100\nUPDATE counters SET value = 2;\n",
	})).Migrate(t.Context()))
	must(t, db.Ready(t.Context())) // looks at the schema, as each call does once in a second
	if got, row := readsCached(t, db, &ran), readsRow(t, db, "a", &ran); got != 2 || row != 2 {
		t.Errorf("got %d and %d, want 2", got, row)
	}
}

// TestCachedIsBounded checks that what is read does not fill the memory, and that what is read often stays.
func TestCachedIsBounded(t *testing.T) {
	db, ran := openOwned(t, database.SQLite), 0
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	type textKey struct{ n int }
	text := strings.Repeat("x", 10<<10)
	for n := range 5000 {
		must(t, db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := database.Cached(tx, textKey{n}, func() (found string, err error) {
				err = tx.QueryRowContext(ctx, `SELECT $1 || value FROM counters`, text).Scan(&found)
				return found, err
			})
			return err
		}))
		if n%100 == 0 {
			readsCached(t, db, &ran)
		}
		if rows, bytes := db.CacheSize(); bytes > database.CacheBytes || rows*len(text) > database.CacheBytes {
			t.Fatalf("%d rows with %d bytes are kept", rows, bytes)
		}
	}
	if ran != 1 {
		t.Errorf("what was read often was read %d times", ran)
	}
	before, _ := db.CacheSize()
	must(t, db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		_, err := database.Cached(tx, textKey{-1}, func() (found string, err error) {
			err = tx.QueryRowContext(ctx, `SELECT $1 || value FROM counters`, strings.Repeat("x", 1<<20)).Scan(&found)
			return found, err
		})
		return err
	}))
	type bytesKey struct{}
	must(t, db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		_, err := database.Cached(tx, bytesKey{}, func() (found []byte, err error) {
			err = tx.QueryRowContext(ctx, `SELECT name FROM counters`).Scan(&found)
			return found, err
		})
		return err
	}))
	if rows, _ := db.CacheSize(); rows != before {
		t.Errorf("%d rows that are large, or that a caller could change, are kept", rows-before)
	}
}
