package database_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// rowKey is the key of a counter that is changed as a row.
type rowKey struct{ name string }

// rowCounter is cachedCounter for one that is changed as a row.
func rowCounter(name string, ran *int) func(context.Context, *database.Tx) (int64, error) {
	return func(ctx context.Context, tx *database.Tx) (int64, error) {
		return database.CachedRow(tx, rowKey{name}, func() (value int64, err error) {
			*ran++
			err = tx.QueryRowContext(ctx, `SELECT value FROM counters WHERE tenant = 't' AND name = $1`, name).Scan(&value)
			return value, err
		})
	}
}

// TestGroupSeesThatAnotherProgramHasMigrated has this program notice that while a group runs that has changed a row by itself.
func TestGroupSeesThatAnotherProgramHasMigrated(t *testing.T) {
	url := databasetest.Migrated(t, database.SQLite, counters)
	db, ran := databasetest.Open(t, url, counters), 0
	must(t, db.Own())
	exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	readsRow(t, db, "a", &ran)
	other, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:")) // a handle of this package would tell this program
	must(t, err)
	must(t, db.Ready(t.Context())) // looks at the schema, so that the write below does not
	for _, statement := range []string{
		`UPDATE counters SET value = 2`, `INSERT INTO schema_compatibility VALUES (101, 100)`, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (101, 1)`,
	} {
		_, err := other.Exec(statement)
		must(t, err)
	}
	must(t, other.Close())
	must(t, db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		value, err := rowCounter("a", &ran)(ctx, tx)
		return errors.Join(err, changeCounter(ctx, tx, "a", value, value+1), db.Ready(ctx))
	}))
	for _, want := range []int64{3, 7, 8} {
		if want != 3 {
			exec(t, db, fmt.Sprintf(`UPDATE counters SET value = %d`, want))
		}
		if got := readsRow(t, db, "a", &ran); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}

// readsRow reads a counter as a single read does, as one that is changed as a row.
func readsRow(t testing.TB, db *database.DB, name string, ran *int) (value int64) {
	t.Helper()
	if err := db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		value, err = rowCounter(name, ran)(ctx, tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestChangedRowIsReadOnce checks which rows are read again after one of them was changed by itself, in its transaction, in the next of its group and by
// other callers, and after others that are like it.
func TestChangedRowIsReadOnce(t *testing.T) {
	add := func(name string, refusal error, ran *int) func(context.Context, *database.Tx) error {
		return func(ctx context.Context, tx *database.Tx) error {
			value, err := rowCounter(name, ran)(ctx, tx)
			if err == nil {
				err = changeCounter(ctx, tx, name, value, value+1)
			}
			return errors.Join(err, refusal)
		}
	}
	for name, test := range map[string]struct {
		// members are those of a group after a first that adds to a.
		members func(ran *int) []func(context.Context, *database.Tx) error
		// inGroup is how often they read, afterwards how often both counters are read then, and want what they are.
		inGroup, afterwards int
		want                [2]int64
	}{
		"nobody":       {func(*int) []func(context.Context, *database.Tx) error { return nil }, 0, 0, [2]int64{2, 1}},
		"the same row": {func(ran *int) []func(context.Context, *database.Tx) error { return repeated(3, add("a", nil, ran)) }, 0, 0, [2]int64{5, 1}},
		"another row":  {func(ran *int) []func(context.Context, *database.Tx) error { return repeated(3, add("b", nil, ran)) }, 0, 0, [2]int64{2, 4}},
		"one undone": {func(ran *int) []func(context.Context, *database.Tx) error {
			return repeated(1, add("a", errRefused, ran))
		}, 0, 1, [2]int64{2, 1}},
		"one after it": {func(ran *int) []func(context.Context, *database.Tx) error {
			return []func(context.Context, *database.Tx) error{add("a", errRefused, ran), add("a", nil, ran)}
		}, 1, 0, [2]int64{3, 1}},
		"another way": {func(*int) []func(context.Context, *database.Tx) error {
			return repeated(1, executing(`UPDATE counters SET value = 7`))
		}, 0, 2, [2]int64{7, 7}},
		"one after any": {func(ran *int) []func(context.Context, *database.Tx) error {
			return []func(context.Context, *database.Tx) error{executing(`UPDATE counters SET value = 7`), add("a", nil, ran)}
		}, 1, 1, [2]int64{8, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			db, ran := openOwned(t, database.SQLite), 0
			db.KeepGroupsOpen()
			exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1), ('t', 'b', 1)`)
			both := func() (found [2]int64) {
				for i, name := range []string{"a", "b"} {
					found[i] = readsRow(t, db, name, &ran)
				}
				return found
			}
			both()
			ran = 0
			for _, err := range together(t, db, append([]func(context.Context, *database.Tx) error{add("a", nil, &ran)}, test.members(&ran)...)...) {
				if err != nil && !errors.Is(err, errRefused) {
					t.Fatal(err)
				}
			}
			if ran != test.inGroup {
				t.Errorf("the group has read %d times, want %d", ran, test.inGroup)
			}
			ran = 0
			if got := both(); got != test.want || ran != test.afterwards {
				t.Errorf("got %v from %d reads, want %v from %d", got, ran, test.want, test.afterwards)
			}
		})
	}
}

// repeated returns several of the same.
func repeated[T any](times int, one T) (all []T) {
	for range times {
		all = append(all, one)
	}
	return all
}

// TestChangedRowIsReadAgain checks that a row is read again, in its transaction and later, where what it was changed to is not known for sure.
func TestChangedRowIsReadAgain(t *testing.T) {
	ran := 0
	for name, test := range map[string]struct {
		do      func(ctx context.Context, tx *database.Tx) error
		outcome error
		want    int64
	}{
		"it was not read before": {func(ctx context.Context, tx *database.Tx) error {
			return database.ChangeRow(tx, rowKey{"a"}, 0, 9, func() error { return setCounter(ctx, tx, "a", 0, 5) })
		}, nil, 5},
		"its change failed, and the transaction went on": {func(ctx context.Context, tx *database.Tx) error {
			before, err := rowCounter("a", &ran)(ctx, tx)
			first := changeCounter(ctx, tx, "a", before, 2)
			refused := database.ChangeRow(tx, rowKey{"a"}, 2, 9, func() error {
				return errors.Join(setCounter(ctx, tx, "a", 2, 5), errRefused)
			})
			if !errors.Is(refused, errRefused) {
				return refused
			}
			return errors.Join(err, first)
		}, nil, 5},
		"it was changed, and the transaction undone by itself": {func(ctx context.Context, tx *database.Tx) error {
			before, err := rowCounter("a", &ran)(ctx, tx)
			return errors.Join(err, changeCounter(ctx, tx, "a", before, before+1), errRefused)
		}, errRefused, 1},
		"the group could not be committed": {func(ctx context.Context, tx *database.Tx) error {
			before, err := rowCounter("a", &ran)(ctx, tx)
			return errors.Join(err, changeCounter(ctx, tx, "a", before, before+1), executing(`INSERT INTO children VALUES (7)`)(ctx, tx))
		}, errAny, 1},
		"rows that others have gathered are written meanwhile": {func(ctx context.Context, tx *database.Tx) error {
			before, err := sumOfCounters(ctx, tx)
			gathered := tx.InsertSoon(ctx, gatheredCounters, func(err error) error { return err }, "t", "b", int64(4))
			changed := database.ChangeRow(tx, rowKey{"other"}, 0, 0, func() error {
				return tx.QueryRowContext(ctx, `SELECT count(*) FROM counters`).Scan(new(int))
			})
			after, againErr := sumOfCounters(ctx, tx)
			if after != before+4 {
				return fmt.Errorf("the sum was %d, and is %d", before, after)
			}
			return errors.Join(err, gathered, changed, againErr)
		}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			db := openOwned(t, database.SQLite)
			exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1)`)
			exec(t, db, `CREATE TABLE parents (n BIGINT PRIMARY KEY)`)
			exec(t, db, `CREATE TABLE children (n BIGINT REFERENCES parents (n) DEFERRABLE INITIALLY DEFERRED)`)
			readsRow(t, db, "a", &ran)
			if err := db.Write(t.Context(), test.do); (err == nil) != (test.outcome == nil) || !errors.Is(test.outcome, errAny) && !errors.Is(err, test.outcome) {
				t.Fatalf("got %v, want %v", err, test.outcome)
			}
			must(t, db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				if got, err := rowCounter("a", &ran)(ctx, tx); err != nil || got != test.want {
					t.Errorf("a transaction afterwards finds %d, %v, want %d", got, err, test.want)
				}
				return nil
			}))
			if got := readsRow(t, db, "a", &ran); got != test.want {
				t.Errorf("a read finds %d, want %d", got, test.want)
			}
		})
	}
}

// errAny stands for any error.
var errAny = errors.New("any error")

var gatheredCounters = database.NewRows("counters", "tenant", "name", "value")

// sumOfCounters reads the sum of all counters, as a row that other rows of its table belong to.
func sumOfCounters(ctx context.Context, tx *database.Tx) (int64, error) {
	return database.CachedRow(tx, rowKey{"all"}, func() (sum int64, err error) {
		err = tx.QueryRowContext(ctx, `SELECT sum(value) FROM counters`).Scan(&sum)
		return sum, err
	})
}
