package databasetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// Plan returns the engine's plan for a list of tenant t: the fixed text of its query, whose only
// parameter is the tenant, and what Tx.List appends for the query. Load a few thousand rows and run
// ANALYZE first, because PostgreSQL does not use indexes of small tables.
func Plan(t testing.TB, db *database.DB, fixed string, columns map[string]string, query listing.Query) string {
	t.Helper()
	return explained(t, db, func(tx *database.Tx) querier { return tx.List(query, columns) }, fixed, "t")
}

// Explained returns the engine's plan for a query with its parameters. Load a few thousand rows and run ANALYZE first.
func Explained(t testing.TB, db *database.DB, query string, args ...any) string {
	t.Helper()
	return explained(t, db, func(tx *database.Tx) querier { return tx }, query, args...)
}

// querier runs queries in a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// knowStatistics has a connection of SQLite read the statistics of the store. A connection of the pool that knew the schema before ANALYZE made the
// tables of statistics plans without them until it runs a statement, and EXPLAIN QUERY PLAN runs none: plans would depend on which connection
// makes them.
func knowStatistics(ctx context.Context, tx *database.Tx) error {
	if tx.Engine != database.SQLite {
		return nil
	}
	var tables int
	return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'sqlite_stat%'`).Scan(&tables)
}

func explained(t testing.TB, db *database.DB, on func(*database.Tx) querier, query string, args ...any) string {
	t.Helper()
	prefix := "EXPLAIN QUERY PLAN "
	if db.Engine() == database.PostgreSQL {
		prefix = "EXPLAIN "
	}
	var plan strings.Builder
	err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		if err := knowStatistics(ctx, tx); err != nil {
			return err
		}
		rows, err := on(tx).QueryContext(ctx, prefix+query, args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		names, err := rows.Columns()
		for err == nil && rows.Next() {
			values, pointers := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				pointers[i] = &values[i]
			}
			err = rows.Scan(pointers...)
			fmt.Fprintln(&plan, values[len(values)-1])
		}
		return errors.Join(err, rows.Err())
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// Sorts reports whether a plan sorts the whole result, rather than reading it in order from an index.
func Sorts(plan string) bool {
	return strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE")
}
