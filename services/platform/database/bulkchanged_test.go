package database_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestUpdateChangedUpdatesRowsByKey checks that UpdateChanged leaves the rows as UpdateAll would: those of which a column differs, some
// to and from NULL, and those of which none does. Rows with another version stay as they are.
func TestUpdateChangedUpdatesRowsByKey(t *testing.T) {
	databasetest.Each(t, notes, func(t *testing.T, db *database.DB) {
		const rows = 2500
		keys := []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}, {Name: "version", Type: "BIGINT"}}
		set := []database.Column{{Name: "version", Type: "BIGINT"}, {Name: "text", Type: "TEXT"}, {Name: "due", Type: "BIGINT"}}
		var inserted, updates, same [][]any
		for n := range int64(rows) {
			var text, due any = "kept", nil
			inserted = append(inserted, []any{"t", n, int64(1), text, n})
			if n == rows-1 { // the only one with another text
				text = nil
			}
			if n%2 == 0 {
				due = -n
			}
			updates = append(updates, []any{"t", n, 1 + n%5/4, int64(2), text, due})
			same = append(same, []any{"t", n, int64(1), int64(1), "kept", n})
		}
		updates[rows-1][2] = int64(1)
		update := func(given [][]any, want int64) {
			t.Helper()
			var updated int64
			if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
				updated, err = tx.UpdateChanged(ctx, "notes", keys, set, given)
				return err
			}); err != nil || updated != want {
				t.Errorf("got %d updated rows and %v, want %d", updated, err, want)
			}
		}
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			return tx.InsertAll(ctx, "notes", []string{"tenant", "id", "version", "text", "due"}, inserted)
		}); err != nil {
			t.Fatal(err)
		}
		update(nil, 0)
		update(same, rows)
		update([][]any{{"t", int64(rows), int64(1), int64(2), nil, nil}}, 0)
		update(updates, rows*4/5+1)
		for query, want := range map[string]int{
			`SELECT count(*) FROM notes WHERE version = 1 AND text = 'kept' AND due = id`:   rows/5 - 1,
			`SELECT count(*) FROM notes WHERE version = 2`:                                  rows*4/5 + 1,
			`SELECT count(*) FROM notes WHERE version = 2 AND text IS NULL AND due IS NULL`: 1,
			`SELECT count(*) FROM notes WHERE version = 2 AND id % 2 = 0 AND due = -id`:     rows * 2 / 5,
			`SELECT count(*) FROM notes WHERE version = 2 AND id % 2 = 1 AND due IS NULL`:   rows*2/5 + 1,
		} {
			if got := number(t, db, query); got != want {
				t.Errorf("%s: got %d, want %d", query, got, want)
			}
		}
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.UpdateChanged(ctx, "notes", keys, set, [][]any{{"t", int64(1), int64(1), int64(2), "text", 7}})
			return err
		}); err == nil {
			t.Error("a value of another type was taken")
		}
	})
}

// TestUpdateChangedSparesIndexes checks that SQLite is not asked to set a column that keeps its values: a trigger tells which are set.
func TestUpdateChangedSparesIndexes(t *testing.T) {
	db := databasetest.Open(t, databasetest.Migrated(t, database.SQLite, notes), notes)
	exec(t, db, `CREATE TABLE told (id BIGINT)`)
	exec(t, db, `CREATE TRIGGER tell AFTER UPDATE OF text ON notes BEGIN INSERT INTO told VALUES (new.id); END`)
	exec(t, db, `INSERT INTO notes VALUES ('t', 1, 1, 'kept', 7), ('t', 2, 1, NULL, 7)`)
	keys := []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}}
	set := []database.Column{{Name: "text", Type: "TEXT"}, {Name: "due", Type: "BIGINT"}}
	for _, c := range []struct {
		second any
		want   int
	}{{nil, 0}, {"set", 2}} {
		exec(t, db, `DELETE FROM told`)
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			updated, err := tx.UpdateChanged(ctx, "notes", keys, set, [][]any{{"t", int64(1), "kept", int64(8)}, {"t", int64(2), c.second, nil}})
			if err == nil && updated != 2 {
				err = fmt.Errorf("%d rows were updated", updated)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := number(t, db, `SELECT count(*) FROM told`); got != c.want {
			t.Errorf("second text %v: the text of %d rows was set, want %d", c.second, got, c.want)
		}
		exec(t, db, `UPDATE notes SET text = NULL WHERE id = 2`)
	}
}
