package database_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// BenchmarkGroupedWrites has callers that each select, update and insert a row in a transaction. It compares them with
// bare durable updates of one row, one after the other, on the same disk.
func BenchmarkGroupedWrites(b *testing.B) {
	for _, callers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			bare := bareUpdates(b)
			db := databasetest.Open(b, databasetest.URL(b, database.SQLite), counters)
			for caller := range callers {
				change(b, db, `INSERT INTO counters VALUES ('t', $1, 0)`, fmt.Sprint(caller))
			}
			var groups atomic.Int64
			db.OnCommit(func(int) { groups.Add(1) })
			var next atomic.Int64
			var group sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for caller := range callers {
				group.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if err := selectUpdateInsert(b.Context(), db, fmt.Sprint(caller), n); err != nil {
							b.Error(err)
						}
					}
				})
			}
			group.Wait()
			rate := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate, "transactions/s")
			b.ReportMetric(bare, "bare/s")
			b.ReportMetric(rate/bare, "times-bare")
			b.ReportMetric(float64(b.N)/float64(groups.Load()), "members/group")
		})
	}
}

func selectUpdateInsert(ctx context.Context, db *database.DB, name string, n int64) error {
	return db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		var value int64
		if err := tx.QueryRowContext(ctx, `SELECT value FROM counters WHERE tenant = $1 AND name = $2`, "t", name).Scan(&value); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE counters SET value = $3 WHERE tenant = $1 AND name = $2`, "t", name, value+1); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO numbers VALUES ($1, $2, $3)`, value, n, value)
		return err
	})
}

// bareUpdates returns how many prepared updates of one row a second are durable one after the other.
func bareUpdates(b *testing.B) float64 {
	b.Helper()
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	pool.SetMaxOpenConns(1)
	if _, err := pool.Exec(`CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL); INSERT INTO counters VALUES ('a', 0)`); err != nil {
		b.Fatal(err)
	}
	update, err := pool.Prepare(`UPDATE counters SET value = $2 WHERE name = $1`)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = update.Close() }()
	began, done := time.Now(), 0
	for ; time.Since(began) < 500*time.Millisecond; done++ {
		if _, err := update.Exec("a", done); err != nil {
			b.Fatal(err)
		}
	}
	return float64(done) / time.Since(began).Seconds()
}

func change(b *testing.B, db *database.DB, statement string, args ...any) {
	b.Helper()
	if err := db.Write(b.Context(), func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	}); err != nil {
		b.Fatal(err)
	}
}
