package database_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

var notes = fstest.MapFS{
	"00100_notes.sql":                {Data: []byte("-- +goose Up\nCREATE TABLE notes (tenant TEXT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL, text TEXT, due BIGINT, PRIMARY KEY (tenant, id));\n")},
	"sqlite/00101_of_sqlite.sql":     {Data: []byte("-- +goose Up\nCREATE TABLE engine AS SELECT sqlite_version() AS version;\n")},
	"postgres/00101_of_postgres.sql": {Data: []byte("-- +goose Up\nALTER TABLE notes SET (fillfactor = 50);\nCREATE TABLE engine AS SELECT version() AS version;\n")},
}

func TestUpdateAllUpdatesRowsByKey(t *testing.T) {
	databasetest.Each(t, notes, func(t *testing.T, db *database.DB) {
		const rows = 2500
		var inserted, updates [][]any
		for n := range int64(rows) {
			inserted = append(inserted, []any{"t", n, int64(1), "before"})
			var text, due any = fmt.Sprint("after ", n), nil
			if n%2 == 0 {
				text, due = nil, n
			}
			updates = append(updates, []any{"t", n, 1 + n%5/4, int64(2), text, due})
		}
		var updated int64
		if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) (err error) {
			if err = tx.InsertAll(ctx, "notes", []string{"tenant", "id", "version", "text"}, inserted); err != nil {
				return err
			}
			keys := []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}, {Name: "version", Type: "BIGINT"}}
			set := []database.Column{{Name: "version", Type: "BIGINT"}, {Name: "text", Type: "TEXT"}, {Name: "due", Type: "BIGINT"}}
			if none, err := tx.UpdateAll(ctx, "notes", keys, set, nil); err != nil || none != 0 {
				return fmt.Errorf("updating no rows updated %d: %w", none, err)
			}
			updated, err = tx.UpdateAll(ctx, "notes", keys, set, updates)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		// A fifth of the updates names a version that no row has.
		if updated != rows*4/5 {
			t.Errorf("got %d updated rows", updated)
		}
		for query, want := range map[string]int{
			`SELECT count(*) FROM notes WHERE version = 2`:                           rows * 4 / 5,
			`SELECT count(*) FROM notes WHERE version = 1 AND text = 'before'`:       rows / 5,
			`SELECT count(*) FROM notes WHERE version = 2 AND text IS NULL`:          rows * 2 / 5,
			`SELECT count(*) FROM notes WHERE version = 2 AND text = 'after ' || id`: rows * 2 / 5,
			`SELECT count(*) FROM notes WHERE text IS NULL AND due = id`:             rows * 2 / 5,
			`SELECT count(*) FROM notes WHERE text = 'after ' || id AND due IS NULL`: rows * 2 / 5,
		} {
			if got := number(t, db, query); got != want {
				t.Errorf("%s: got %d, want %d", query, got, want)
			}
		}
	})
}

// TestUpdateAllOfValuesInCommon checks updates whose rows have some of their values in common, or all.
func TestUpdateAllOfValuesInCommon(t *testing.T) {
	databasetest.Each(t, notes, func(t *testing.T, db *database.DB) {
		keys := []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}, {Name: "version", Type: "BIGINT"}}
		set := []database.Column{{Name: "version", Type: "BIGINT"}, {Name: "text", Type: "TEXT"}, {Name: "due", Type: "BIGINT"}}
		for name, c := range map[string]struct {
			rows func(n int64) []any
			of   int64
			want string
		}{
			"only the key differs":             {func(n int64) []any { return []any{"t", n, int64(1), int64(2), "all", int64(5)} }, 2500, `version = 2 AND text = 'all' AND due = 5`},
			"none in common but the tenant":    {func(n int64) []any { return []any{"t", n, int64(1), 2 + n%3, fmt.Sprint(n), n} }, 2500, `version = 2 + id % 3 AND text = CAST(id AS TEXT) AND due = id`},
			"no value":                         {func(n int64) []any { return []any{"t", n, int64(1), int64(2), nil, nil} }, 2500, `version = 2 AND text IS NULL AND due IS NULL`},
			"one row":                          {func(n int64) []any { return []any{"t", n, int64(1), int64(2), "one", int64(7)} }, 1, `id = 0 AND version = 2 AND text = 'one' AND due = 7`},
			"a key in common that no row has":  {func(n int64) []any { return []any{"other", n, int64(1), int64(2), "x", n} }, 2500, `1 = 0`},
			"a key in common that is no value": {func(n int64) []any { return []any{"t", n, nil, int64(2), "x", n} }, 2500, `1 = 0`},
		} {
			exec(t, db, `DELETE FROM notes`)
			var inserted, updates [][]any
			for n := range c.of {
				inserted, updates = append(inserted, []any{"t", n, int64(1), "before", int64(0)}), append(updates, c.rows(n))
			}
			var updated int64
			if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) (err error) {
				if err = tx.InsertAll(ctx, "notes", []string{"tenant", "id", "version", "text", "due"}, inserted); err == nil {
					updated, err = tx.UpdateAll(ctx, "notes", keys, set, updates)
				}
				return err
			}); err != nil {
				t.Fatal(name, err)
			}
			want := int(c.of)
			if c.want == `1 = 0` {
				want = 0
			}
			if got := number(t, db, `SELECT count(*) FROM notes WHERE `+c.want); got != want || updated != int64(want) {
				t.Errorf("%s: %d rows are as they should be, and %d were updated, want %d", name, got, updated, want)
			}
		}
	})
}

// TestUpdateAllRefusesValuesOfOtherTypes checks that a value of another type than its column's is an error, and not stored as none.
func TestUpdateAllRefusesValuesOfOtherTypes(t *testing.T) {
	databasetest.Each(t, notes, func(t *testing.T, db *database.DB) {
		exec(t, db, `INSERT INTO notes VALUES ('t', 1, 1, 'before', 7)`)
		keys := []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}}
		set := []database.Column{{Name: "text", Type: "TEXT"}, {Name: "due", Type: "BIGINT"}}
		for want, row := range map[string][]any{
			"row 1: a int is not a value of the column due of type BIGINT":    {"t", int64(1), "after", 8},
			"row 1: a string is not a value of the column due of type BIGINT": {"t", int64(1), "after", "8"},
			"row 1: a int64 is not a value of the column text of type TEXT":   {"t", int64(1), int64(8), nil},
			"row 1: a []uint8 is not a value of the column text of type TEXT": {"t", int64(1), []byte("after"), nil},
			"row 1: a bool is not a value of the column id of type BIGINT":    {"t", true, "after", nil},
			"row 1 has 3 values for 4 columns":                                {"t", int64(1), "after"},
		} {
			err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				_, err := tx.UpdateAll(ctx, "notes", keys, set, [][]any{{"t", int64(1), "after", nil}, row})
				return err
			})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q", err, want)
			}
		}
		if got := number(t, db, `SELECT count(*) FROM notes WHERE text = 'before' AND due = 7`); got != 1 {
			t.Error("a refused update changed a row")
		}
	})
}

func number(t *testing.T, db *database.DB, query string) (n int) {
	t.Helper()
	if err := db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, query).Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteGuardedIsAtomicAndLosesNoIncrement(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
		refused := errors.New("refused")
		err := db.WriteGuarded(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			if _, err := tx.ExecContext(ctx, `UPDATE counters SET value = 1000`); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) || number(t, db, `SELECT value FROM counters`) != 0 {
			t.Fatalf("failed write: got %v", err)
		}
		const writers, increments = 8, 20
		var group sync.WaitGroup
		for range writers {
			group.Go(func() {
				for range increments {
					if err := db.WriteGuarded(context.Background(), func(ctx context.Context, tx *database.Tx) error {
						_, err := tx.ExecContext(ctx, `UPDATE counters SET value = value + 1 WHERE tenant = 't' AND name = 'a'`)
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if got := number(t, db, `SELECT value FROM counters`); got != writers*increments {
			t.Errorf("got %d increments, want %d", got, writers*increments)
		}
	})
}

func TestMigrationsInEngineFolderRunOnThatEngineOnly(t *testing.T) {
	databasetest.Each(t, notes, func(t *testing.T, db *database.DB) {
		if got := number(t, db, `SELECT count(*) FROM engine`); got != 1 {
			t.Errorf("got %d rows from the engine's migration", got)
		}
	})
}

// A migration's step has no connection of its own.
func TestBulkStatementsInAStep(t *testing.T) {
	step := database.Step{Version: 102, Name: "bulk", Run: func(ctx context.Context, tx *database.Tx) error {
		if tx.Engine != database.SQLite {
			return nil
		}
		var inserted, updated [][]any
		for n := range int64(200) {
			inserted = append(inserted, []any{"t", 2 * n, int64(1), "before"})
			updated = append(updated, []any{"t", 2 * n, fmt.Sprint("after ", n)})
		}
		if err := tx.InsertAll(ctx, "notes", []string{"tenant", "id", "version", "text"}, inserted); err != nil {
			return err
		}
		changed, err := tx.UpdateAll(ctx, "notes", []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}},
			[]database.Column{{Name: "text", Type: "TEXT"}}, updated)
		if err == nil && changed != 200 {
			err = fmt.Errorf("%d rows were updated", changed)
		}
		return err
	}}
	databasetest.Each(t, database.WithSteps(notes, step), func(t *testing.T, db *database.DB) {
		want := 0
		if db.Engine() == database.SQLite {
			want = 200
		}
		if got := number(t, db, `SELECT count(*) FROM notes WHERE text = 'after ' || (id / 2)`); got != want {
			t.Errorf("got %d rows, want %d", got, want)
		}
	})
}
