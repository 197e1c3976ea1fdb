package feed_test

import (
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// byTime is the order of a list by time.
func byTime(descending bool) []listing.Order {
	return []listing.Order{
		{Field: "change_time", Descending: descending}, {Field: feed.FieldTransaction, Descending: descending}, {Field: feed.FieldSequence, Descending: descending},
	}
}

// fill adds 20,000 entries, with two frequent actors and types and a rare one of each.
func fill(t *testing.T, db *database.DB) {
	t.Helper()
	databasetest.Execute(t, db, `INSERT INTO change_feed (tenant, at, actor, resource, resource_type, kind, state)
			SELECT CASE n % 4 WHEN 3 THEN 'other' ELSE 't' END, n * 1000, CASE WHEN n % 2000 = 0 THEN 'rare' ELSE 'actor' || (n % 2) END, 'things/' || (n % 1000),
				CASE WHEN n % 2000 = 1 THEN 'Rare' ELSE 'Type' || (n % 2) END, 'UPDATED', 'some state of a thing' FROM (
			WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000) SELECT n FROM numbers) AS all_numbers`)
}

// TestListsOfChangesUseIndexes checks that each list that people ask for is read from an index in its order, from its position
// on, with two frequent actors and types, and a rare one of each.
func TestListsOfChangesUseIndexes(t *testing.T) {
	between := listing.All(
		listing.Compare{Field: "change_time", Op: listing.GreaterEqual, Value: int64(5_000_000)},
		listing.Compare{Field: "change_time", Op: listing.Less, Value: int64(9_000_000)})
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		fill(t, db)
		databasetest.Execute(t, db, `ANALYZE change_feed`)
		for name, test := range map[string]struct {
			where listing.Condition
			index string
		}{
			"all":             {nil, "change_feed_by_time"},
			"a rare actor":    {listing.Is("actor", "rare"), "change_feed_by_actor"},
			"a frequent one":  {listing.Is("actor", "actor1"), "change_feed_by_actor"},
			"a rare type":     {listing.Is("resource_type", "Rare"), "change_feed_by_type"},
			"a frequent type": {listing.Is("resource_type", "Type1"), "change_feed_by_type"},
			"a time":          {between, "change_feed_by_time"},
		} {
			for _, descending := range []bool{false, true} {
				for _, after := range []listing.Cursor{nil, {int64(7_000_000), int64(0), int64(7000)}} {
					text, columns, query := feed.ListStatement(db.Engine(), listing.Query{Where: test.where, Order: byTime(descending), After: after, Limit: 51})
					if plan := databasetest.Plan(t, db, text, columns, query); !strings.Contains(plan, test.index) || databasetest.Sorts(plan) {
						t.Errorf("%s, descending %v, after %v: the plan must use %s, got\n%s", name, descending, after, test.index, plan)
					}
				}
			}
		}
		for _, after := range []listing.Cursor{nil, {int64(0), int64(7000)}} {
			order := []listing.Order{{Field: feed.FieldTransaction}, {Field: feed.FieldSequence}}
			for where, index := range map[listing.Condition]string{nil: "change_feed_by_tenant", listing.Is("resource", "things/7"): "change_feed_by_resource"} {
				text, columns, query := feed.ListStatement(db.Engine(), listing.Query{Where: where, Order: order, After: after, Limit: 51})
				plan := databasetest.Plan(t, db, text, columns, query)
				inOrder := where == nil && (strings.Contains(plan, "INTEGER PRIMARY KEY") || strings.Contains(plan, "SCAN change_feed")) // most are of the tenant
				if !inOrder && !strings.Contains(plan, index) || databasetest.Sorts(plan) && db.Engine() == database.SQLite {
					t.Errorf("%v, after %v: the plan must use %s, got\n%s", where, after, index, plan)
				}
			}
		}
	})
}

// TestHistoriesUseIndexes checks that histories by time are read by their resource, on SQLite without statistics too.
func TestHistoriesUseIndexes(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		fill(t, db)
		if db.Engine() == database.PostgreSQL {
			databasetest.Execute(t, db, `ANALYZE change_feed`)
		}
		for _, descending := range []bool{false, true} {
			for _, after := range []listing.Cursor{nil, {int64(7_000_000), int64(0), int64(7000)}} {
				text, columns, query := feed.ListStatement(db.Engine(), listing.Query{
					Where: listing.Is("resource", "things/7"), Order: byTime(descending), After: after, Limit: 51,
				})
				if plan := databasetest.Plan(t, db, text, columns, query); !strings.Contains(plan, "change_feed_by_resource") {
					t.Errorf("descending %v, after %v: the plan must use change_feed_by_resource, got\n%s", descending, after, plan)
				}
			}
		}
	})
}

// TestMigrationMakesListIndexesAnew migrates a store that lost the indexes of lists when its feed, which held JSON, was rewritten.
func TestMigrationMakesListIndexesAnew(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		lists := []string{"change_feed_by_actor", "change_feed_by_time", "change_feed_by_type"}
		for _, index := range lists {
			databasetest.Execute(t, db, `DROP INDEX `+index)
		}
		databasetest.Execute(t, db, `DELETE FROM goose_db_version WHERE version_id = 7`)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, index := range lists {
			databasetest.Execute(t, db, `DROP INDEX `+index) // fails if there is none
		}
	})
}
