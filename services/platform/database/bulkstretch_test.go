package database_test

import (
	"context"
	"math"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestUpdateAllOfStretches checks rows of which some follow one another: gaps, rows of another version, values
// that begin to differ, and the last numbers there are. Rows between the named ones stay as they are.
func TestUpdateAllOfStretches(t *testing.T) {
	databasetest.Each(t, notes, func(t *testing.T, db *database.DB) {
		keys := []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}, {Name: "version", Type: "BIGINT"}}
		set := []database.Column{{Name: "version", Type: "BIGINT"}, {Name: "text", Type: "TEXT"}, {Name: "due", Type: "BIGINT"}}
		const rows, lasts = 3000, 100
		var inserted, updates [][]any
		want := map[string]int{}
		for n := range int64(rows) {
			version := int64(1)
			if n == 1234 { // in the middle of a stretch: it has changed
				version = 9
			}
			inserted = append(inserted, []any{"t", n, version, "before", n}, []any{"other", n, int64(1), "before", n})
			var text, due any = "first", int64(7)
			switch {
			case n%100 == 99: // a gap
				continue
			case n >= 2000 && n < 2040: // no stretch
				due = n
			case n >= 1500:
				text, due = nil, nil
			}
			updates = append(updates, []any{"t", n, int64(1), int64(2), text, due})
			switch {
			case n == 1234:
				want[`id = 1234 AND version = 9 AND text = 'before' AND due = 1234`] = 1
			case text == nil:
				want[`id >= 1500 AND version = 2 AND text IS NULL AND due IS NULL`]++
			case due == int64(7):
				want[`id < 1500 AND version = 2 AND text = 'first' AND due = 7`]++
			default:
				want[`version = 2 AND text = 'first' AND due = id AND id BETWEEN 2000 AND 2039`]++
			}
		}
		for n := int64(math.MaxInt64 - lasts + 1); n > 0; n++ { // overflows after the last
			inserted = append(inserted, []any{"t", n, int64(1), "before", n})
			updates = append(updates, []any{"t", n, int64(1), int64(2), "last", int64(0)})
		}
		updates = append(updates, []any{"t", int64(math.MinInt64), int64(1), int64(2), "last", int64(0)}) // no row has it
		want[`version = 2 AND text = 'last' AND due = 0`] = lasts
		want[`tenant = 'other' AND version = 1 AND text = 'before' AND due = id`] = rows
		want[`tenant = 't' AND id % 100 = 99 AND id < 3000 AND version = 1 AND text = 'before' AND due = id`] = rows / 100

		var updated int64
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
			if err = tx.InsertAll(ctx, "notes", []string{"tenant", "id", "version", "text", "due"}, inserted); err == nil {
				updated, err = tx.UpdateAll(ctx, "notes", keys, set, updates)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if want := int64(len(updates) - 2); updated != want { // without the row of another version and the number that no row has
			t.Errorf("got %d updated rows, want %d", updated, want)
		}
		for condition, rows := range want {
			if got := number(t, db, `SELECT count(*) FROM notes WHERE `+condition); got != rows {
				t.Errorf("%s: got %d, want %d", condition, got, rows)
			}
		}
	})
}
