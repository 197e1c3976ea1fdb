package database_test

import (
	"context"
	"errors"
	"testing"

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
