package database_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

func TestInsertAllIsAtomic(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		insert := func(from, to int) error {
			var rows [][]any
			for n := from; n < to; n++ {
				rows = append(rows, []any{"t", string(rune('a'+n%26)) + string(rune('0'+n/26%10)) + string(rune('A'+n/260)), int64(n)})
			}
			return db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
				return tx.InsertAll(ctx, "counters", []string{"tenant", "name", "value"}, rows)
			})
		}
		for _, c := range []struct{ from, to, total int }{{0, 0, 0}, {0, 1, 1}, {1, 300, 300}, {300, 601, 601}, {601, 2000, 2000}} {
			if err := insert(c.from, c.to); err != nil {
				t.Fatal(err)
			}
			if got := count(t, db); got != c.total {
				t.Errorf("got %d rows after inserting up to %d", got, c.to)
			}
		}
		if err := insert(1999, 2100); !errors.Is(err, database.ErrUnique) {
			t.Errorf("duplicate key: got %v", err)
		}
		if got := count(t, db); got != 2000 {
			t.Errorf("got %d rows after a failed insert", got)
		}
	})
}

func BenchmarkInsertAll(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			db := databasetest.Open(b, databasetest.URL(b, engine), counters)
			const size = 10_000
			n := int64(0)
			for b.Loop() {
				rows := make([][]any, size)
				for i := range rows {
					n++
					rows[i] = []any{n % 7, n, n}
				}
				if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
					return tx.InsertAll(ctx, "numbers", []string{"a", "b", "c"}, rows)
				}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(size*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

var various = fstest.MapFS{
	"00100_various.sql": {Data: []byte("-- +goose Up\nCREATE TABLE various (id BIGINT PRIMARY KEY, name TEXT, number BIGINT, state BYTEA, kind TEXT);\n")},
}

// Whatever rows have in common, InsertAll writes each as it is given.
func TestInsertAllKeepsEachValue(t *testing.T) {
	databasetest.Each(t, various, func(t *testing.T, db *database.DB) {
		texts := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.SampledFrom([]string{"", "a", "b", "7"}), asAny[string]))
		numbers := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.Int64Range(-1, 1), asAny[int64]))
		states := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 2), asAny[[]byte]))
		rapid.Check(t, func(t *rapid.T) {
			columns := []*rapid.Generator[any]{texts, numbers, states, texts}
			for i, column := range columns {
				if rapid.Bool().Draw(t, "in common") {
					columns[i] = rapid.Just(column.Draw(t, "value"))
				}
			}
			given := make([][]any, rapid.IntRange(1, 500).Draw(t, "rows"))
			for n := range given {
				given[n] = []any{int64(n)}
				for _, column := range columns {
					given[n] = append(given[n], column.Draw(t, "value"))
				}
			}
			var kept [][]any
			if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) (err error) {
				if _, err = tx.ExecContext(ctx, `DELETE FROM various`); err != nil {
					return err
				}
				if err = tx.InsertAll(ctx, "various", []string{"id", "name", "number", "state", "kind"}, given); err != nil {
					return err
				}
				kept, err = database.Select(ctx, tx, "row", func(row database.Row) ([]any, error) {
					values := make([]any, 5)
					return values, row.Scan(&values[0], &values[1], &values[2], &values[3], &values[4])
				}, `SELECT id, name, number, state, kind FROM various ORDER BY id`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(kept, given) {
				t.Fatalf("got %v\nwant %v", kept, given)
			}
		})
	})
}

func asAny[T any](value T) any { return value }

// Rows that come after a transaction was undone, as its context ended, are not written by themselves.
func TestInsertAllNeedsItsTransaction(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		refused := errors.New("refused")
		err := db.WriteGuarded(ctx, func(_ context.Context, tx *database.Tx) error {
			cancel()
			deadline := time.Now().Add(10 * time.Second)
			for n := int64(0); time.Now().Before(deadline); n++ {
				if err := tx.InsertAll(context.Background(), "counters", []string{"tenant", "name", "value"}, [][]any{{"t", fmt.Sprint(n), n}, {"t", fmt.Sprint("more ", n), n}}); err != nil {
					return refused
				}
			}
			return nil
		})
		if !errors.Is(err, refused) && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := count(t, db); got != 0 {
			t.Errorf("got %d rows of a transaction that was undone", got)
		}
	})
}

// A row that has not one value per column is an error, and nothing is inserted.
func TestInsertAllRefusesRowsOfOtherLengths(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		for name, row := range map[string][]any{"shorter": {"t", "b"}, "longer": {"t", "b", int64(2), int64(3)}} {
			err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				return tx.InsertAll(ctx, "counters", []string{"tenant", "name", "value"}, [][]any{{"t", "a", int64(1)}, row})
			})
			if err == nil || !strings.Contains(err.Error(), "row 1 has") {
				t.Errorf("a %s row: got %v", name, err)
			}
		}
		if got := count(t, db); got != 0 {
			t.Errorf("got %d rows", got)
		}
	})
}
