package database_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

func TestReadOneRunsOneStatement(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		exec(t, db, `INSERT INTO numbers VALUES (1, 2, 3)`)
		const query = `SELECT b FROM numbers WHERE a = $1`
		var n int
		if err := db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			return tx.QueryRowContext(ctx, query, 1).Scan(&n)
		}); err != nil || n != 2 {
			t.Errorf("got %d (error %v)", n, err)
		}
		if err := db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			return tx.QueryRowContext(ctx, query, 7).Scan(&n)
		}); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("no row: got %v", err)
		}
		scan := func(row database.Row) (n int, err error) { err = row.Scan(&n); return n, err }
		for what, second := range map[string]func(context.Context, *database.Tx) error{
			"row": func(ctx context.Context, tx *database.Tx) error { return tx.QueryRowContext(ctx, query, 1).Scan(&n) },
			"rows": func(ctx context.Context, tx *database.Tx) error {
				_, err := database.Select(ctx, tx, "number", scan, query, 1)
				return err
			},
			"change": func(ctx context.Context, tx *database.Tx) error {
				_, err := tx.ExecContext(ctx, `UPDATE numbers SET c = 9`)
				return err
			},
		} {
			err := db.ReadOne(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				if _, err := database.Select(ctx, tx, "number", scan, query, 1); err != nil {
					return err
				}
				if err := second(ctx, tx); err == nil {
					t.Errorf("a second statement, %s, ran", what)
				}
				return nil // as if it had not noticed
			})
			if !errors.Is(err, database.ErrSecondStatement) {
				t.Errorf("a second statement, %s: got %v", what, err)
			}
		}
	})
}

// BenchmarkReads reads one row in a transaction and without one.
func BenchmarkReads(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		url := databasetest.URL(b, engine)
		db := databasetest.Open(b, url, counters)
		change(b, db, `INSERT INTO counters VALUES ('t', 'a', 0)`)
		const query = `SELECT value FROM counters WHERE tenant = $1 AND name = $2`
		for _, way := range []struct {
			name string
			read func(context.Context, func(context.Context, *database.Tx) error) error
		}{{"transaction", db.Read}, {"one", db.ReadOne}} {
			b.Run(string(engine)+"/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := way.read(b.Context(), func(ctx context.Context, tx *database.Tx) error {
						var value int64
						return tx.QueryRowContext(ctx, query, "t", "a").Scan(&value)
					}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
