package database_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// plain explains nothing.
func plain(err error) error { return err }

const (
	addCounter  = `INSERT INTO counters VALUES ('t', $1, $2)`
	bumpCounter = `UPDATE counters SET value = value + 1 WHERE name = $1`
	readCounter = `SELECT value FROM counters WHERE name = $1`
)

// addLater inserts a counter later.
func addLater(ctx context.Context, tx *database.Tx, name string, value int) error {
	_, err := tx.Later(plain).ExecContext(ctx, addCounter, name, value)
	return err
}

// names returns the names of the counters in their order.
func names(t *testing.T, db *database.DB) string {
	t.Helper()
	var found []string
	if err := db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) (err error) {
		found, err = database.Select(ctx, tx, "name", func(row database.Row) (name string, err error) {
			return name, row.Scan(&name)
		}, `SELECT name FROM counters ORDER BY value, name`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

// TestLaterKeepsTheOrder mixes statements that may wait with all that may not.
func TestLaterKeepsTheOrder(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		// Each statement gives all counters that are there one more.
		grow := func(ctx context.Context, on database.Statements) error {
			_, err := on.ExecContext(ctx, `UPDATE counters SET value = value + $1`, 1)
			return err
		}
		n := 0
		next := func() string { n++; return fmt.Sprintf("%03d", 999-n) }
		steps := map[string]func(context.Context, *database.Tx) error{
			"later": func(ctx context.Context, tx *database.Tx) error { return addLater(ctx, tx, next(), 0) },
			"now":   func(ctx context.Context, tx *database.Tx) error { return grow(ctx, tx) },
			"grow":  func(ctx context.Context, tx *database.Tx) error { return grow(ctx, tx.LaterOne(plain)) },
			"insert": func(ctx context.Context, tx *database.Tx) error {
				return tx.InsertAll(ctx, "counters", []string{"tenant", "name", "value"}, [][]any{{"t", next(), 0}})
			},
			"bare": func(ctx context.Context, tx *database.Tx) error {
				_, err := tx.ExecContext(ctx, `UPDATE counters SET value = value + 1`)
				return err
			},
			"query": func(ctx context.Context, tx *database.Tx) error {
				var rows int
				if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM counters WHERE tenant = $1`, "t").Scan(&rows); err != nil || rows != n {
					return fmt.Errorf("%d rows of %d: %w", rows, n, err)
				}
				return nil
			},
			"prepare": func(ctx context.Context, tx *database.Tx) error {
				prepared, err := tx.PrepareContext(ctx, `UPDATE counters SET value = value + $1`)
				if err != nil {
					return err
				}
				defer func() { _ = prepared.Close() }() // the transaction ends it too
				_, err = prepared.ExecContext(ctx, 1)
				return err
			},
		}
		order := strings.Fields("later query grow later now later bare later insert grow later query grow insert bare later prepare later grow later query now")
		for range 120 { // more than wait
			order = append(order, "later", "grow")
		}
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			n = 0
			for at, step := range order {
				if err := steps[step](ctx, tx); err != nil {
					return fmt.Errorf("step %d, %s: %w", at, step, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		// Who came first has grown most.
		want := make([]string, n)
		for i := range n {
			want[i] = fmt.Sprintf("%03d", 999-n+i)
		}
		if got := names(t, db); got != strings.Join(want, " ") {
			t.Errorf("got %s", got)
		}
	})
}

// TestLaterExplains has statements fail that may have waited. What they wrote must be gone.
func TestLaterExplains(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
		explained := errors.New("explained")
		explain := func(err error) error { return fmt.Errorf("%w: %w", explained, err) }
		twice := func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.Later(explain).ExecContext(ctx, addCounter, "a", 1)
			return err
		}
		none := func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.LaterOne(explain).ExecContext(ctx, bumpCounter, "nobody")
			return err
		}
		ignored := func(do func(context.Context, *database.Tx) error) func(context.Context, *database.Tx) error {
			return func(ctx context.Context, tx *database.Tx) error {
				if err := do(ctx, tx); err != nil {
					return err
				}
				var value int
				if err := tx.QueryRowContext(ctx, readCounter, "a").Scan(&value); err != nil {
					return fmt.Errorf("reading: %w", err)
				}
				return nil
			}
		}
		for name, c := range map[string]struct {
			do   func(context.Context, *database.Tx) error
			want error
		}{
			"a key that exists":       {twice, database.ErrUnique},
			"found by a query":        {ignored(twice), database.ErrUnique},
			"no row":                  {none, database.ErrNoRow},
			"no row found by a query": {ignored(none), database.ErrNoRow},
		} {
			for when, ctx := range map[string]context.Context{
				"": t.Context(), " at once": database.AtOnce(t.Context()), " in long work": database.Long(t.Context()),
			} {
				err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
					if err := addLater(ctx, tx, "b", 1); err != nil {
						return err
					}
					return errors.Join(c.do(ctx, tx), addLater(ctx, tx, "c", 1))
				})
				if !errors.Is(err, explained) || !errors.Is(err, c.want) || names(t, db) != "a" {
					t.Errorf("%s%s: got %v and %s", name, when, err, names(t, db))
				}
			}
		}
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.Later(explain).ExecContext(ctx, bumpCounter, "nobody")
			return err
		}); err != nil {
			t.Errorf("Later changes no row: %v", err)
		}
	})
}

// TestAtOnceAndGuardedShowErrorsWhereTheyAre has no statement wait.
func TestAtOnceAndGuardedShowErrorsWhereTheyAre(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
		rolledBack := errors.New("rolled back")
		do := func(ctx context.Context, tx *database.Tx) error {
			err := addLater(ctx, tx, "a", 1)
			if err == nil {
				t.Error("the violation did not show")
			}
			return errors.Join(rolledBack, err)
		}
		if err := db.Write(database.AtOnce(t.Context()), do); !errors.Is(err, rolledBack) {
			t.Error(err)
		}
		if err := db.WriteGuarded(t.Context(), do); !errors.Is(err, rolledBack) {
			t.Error(err)
		}
	})
}
