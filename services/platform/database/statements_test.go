package database_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

func TestStatementsAreKeptPreparedWithinBounds(t *testing.T) {
	db := databasetest.Open(t, databasetest.Migrated(t, database.SQLite, counters), counters)
	const often = `UPDATE counters SET value = value + 1 WHERE tenant = $1`
	write := func(do func(context.Context, *database.Tx) error) {
		t.Helper()
		if err := db.Write(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() []string {
		t.Helper()
		texts, err := db.Kept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return texts
	}
	for range 3 {
		write(func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, "-- name: Often :exec\n"+often, "t")
			return err
		})
	}
	if texts := kept(); !slices.ContainsFunc(texts, func(text string) bool { return strings.HasSuffix(text, often) }) {
		t.Errorf("kept are %q", texts)
	}
	write(func(ctx context.Context, tx *database.Tx) error {
		for n := range 1000 {
			if _, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE counters SET value = %d`, n)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `PRAGMA secure_delete = OFF`)
		return err
	})
	texts := kept()
	if len(texts) > 256 || slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, "PRAGMA") }) {
		t.Errorf("%d statements are kept: %q", len(texts), texts)
	}
}

// TestKeptStatementServesOneResultAtATime runs a query while results of the same query are read, and leaves one open.
func TestKeptStatementServesOneResultAtATime(t *testing.T) {
	db := databasetest.Open(t, databasetest.Migrated(t, database.SQLite, counters), counters)
	exec(t, db, `INSERT INTO numbers VALUES (1, 1, 1), (1, 2, 1), (1, 3, 1)`)
	for _, run := range []func(context.Context, func(context.Context, *database.Tx) error) error{db.Read, db.Write} {
		for range 2 {
			if err := run(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				list := func(after int) ([]int, error) {
					return database.Select(ctx, tx, "number", func(row database.Row) (n int, err error) { err = row.Scan(&n); return n, err },
						`SELECT b FROM numbers WHERE b > $1 ORDER BY b`, after)
				}
				rows, err := tx.QueryContext(ctx, `SELECT b FROM numbers WHERE b > $1 ORDER BY b`, 0) //nolint:rowserrcheck,sqlclosecheck // left open by a bug
				if err != nil {
					return err
				}
				for want := 1; want < 3; want++ {
					var n int
					if !rows.Next() {
						return fmt.Errorf("no row %d", want)
					}
					if err := rows.Scan(&n); err != nil || n != want {
						return fmt.Errorf("got row %d, want %d (error %w)", n, want, err)
					}
					if inner, err := list(n); err != nil || len(inner) != 3-n {
						return fmt.Errorf("got rows %v after %d (error %w)", inner, n, err)
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestKeptStatementSeesNewColumns(t *testing.T) {
	db := databasetest.Open(t, databasetest.Migrated(t, database.SQLite, counters), counters)
	columns := func() (names []string) {
		t.Helper()
		if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			rows, err := tx.QueryContext(ctx, `SELECT * FROM numbers`)
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			if names, err = rows.Columns(); err != nil {
				return err
			}
			rows.Next()
			return rows.Err()
		}); err != nil {
			t.Fatal(err)
		}
		return names
	}
	if before := columns(); len(before) != 3 {
		t.Fatalf("columns %v", before)
	}
	exec(t, db, `ALTER TABLE numbers ADD COLUMN d BIGINT NOT NULL DEFAULT 0`)
	if after := columns(); len(after) != 4 {
		t.Errorf("columns %v after one was added", after)
	}
}
