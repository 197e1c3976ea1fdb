package database_test

import (
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
			want, plan := test.sqlite, databasetest.Plan(t, db, `SELECT * FROM things WHERE tenant = $1`, thingColumns, test.query)
			if db.Engine() == database.PostgreSQL {
				want = test.postgres
			}
			if !strings.Contains(plan, want) || databasetest.Sorts(plan) {
				t.Errorf("%s: plan must contain %s, got\n%s", name, want, plan)
			}
		}
	})
}
