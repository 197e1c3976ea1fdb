package databasetest_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestPlansKnowStatistics explains a query with a connection that knew the schema before ANALYZE. All rows have the same value, so an engine that
// knows that does not look it up in an index.
func TestPlansKnowStatistics(t *testing.T) {
	migrations := fstest.MapFS{"00101_things.sql": {Data: []byte("-- +goose Up\nCREATE TABLE things (id BIGINT PRIMARY KEY, value TEXT);\nCREATE INDEX things_by_value ON things (value);\n")}}
	db := databasetest.Open(t, databasetest.URL(t, database.SQLite), migrations)
	const query = `SELECT id, value FROM things WHERE value = 'same'`
	databasetest.Execute(t, db, databasetest.Numbers...)
	databasetest.Execute(t, db, `INSERT INTO things SELECT n, 'same' FROM numbers`)
	if plan := databasetest.Explained(t, db, query); !strings.Contains(plan, "SEARCH") {
		t.Errorf("without statistics: got %s, want a search in the index", plan)
	}
	databasetest.Execute(t, db, `ANALYZE`)
	if plan := databasetest.Explained(t, db, query); !strings.Contains(plan, "SCAN") {
		t.Errorf("with statistics: got %s, want a scan", plan)
	}
}
