package database_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// TestListsUseIndexes checks that lists do not sort, and read only rows of the parent after the
// position.
func TestListsUseIndexes(t *testing.T) {
	codeOrder := []listing.Order{{Field: "code"}, {Field: "name"}}
	backwards := []listing.Order{{Field: "code", Descending: true}, {Field: "name", Descending: true}}
	after := listing.Cursor{"c", int64(7)}
	databasetest.Each(t, things, func(t *testing.T, db *database.DB) {
		exec(t, db, `INSERT INTO things SELECT 't', n, 'c' || n, n, TRUE, NULL, NULL, NULL FROM (
			WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000) SELECT n FROM numbers) AS all_numbers`)
		exec(t, db, `ANALYZE things`)
		for name, test := range map[string]struct {
			query            listing.Query
			sqlite, postgres string
		}{
			"by the key":            {listing.Query{Order: []listing.Order{{Field: "name"}}, After: listing.Cursor{int64(7)}}, "(tenant=? AND id>?)", "(id > "},
			"by several columns":    {listing.Query{Order: codeOrder, After: after}, "(tenant=? AND (code,id)>(?,?))", "(ROW(code, id) > ROW("},
			"backwards":             {listing.Query{Order: backwards, After: after}, "(tenant=? AND (code,id)<(?,?))", "(ROW(code, id) < ROW("},
			"within a fixed column": {listing.Query{Order: codeOrder, After: after, Where: listing.Is("code", "c")}, "(tenant=? AND code=? AND id>?)", "(id > "},
		} {
			test.query.Limit = 10
			want, plan := test.sqlite, explain(t, db, test.query)
			if db.Engine() == database.PostgreSQL {
				want = test.postgres
			}
			if !strings.Contains(plan, want) || strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s: plan must contain %s, got\n%s", name, want, plan)
			}
		}
	})
}

// explain returns the query plan of a list.
func explain(t *testing.T, db *database.DB, query listing.Query) string {
	t.Helper()
	prefix := "EXPLAIN QUERY PLAN "
	if db.Engine() == database.PostgreSQL {
		prefix = "EXPLAIN "
	}
	var plan strings.Builder
	err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		rows, err := tx.List(query, thingColumns).QueryContext(ctx, prefix+`SELECT * FROM things WHERE tenant = $1`, "t")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		columns, err := rows.Columns()
		for err == nil && rows.Next() {
			values, pointers := make([]any, len(columns)), make([]any, len(columns))
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
