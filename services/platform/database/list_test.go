package database_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

func TestListMatchesSameRowsAsGo(t *testing.T) {
	databasetest.Each(t, things, func(t *testing.T, db *database.DB) {
		rapid.Check(t, func(t *rapid.T) {
			var rows []thing
			for id := range rapid.Int64Range(1, 12).Draw(t, "rows") {
				rows = append(rows, drawThing(t, id))
			}
			rolledBack(t, db, func(tx *database.Tx) {
				insertThings(t, tx, rows...)
				for range 5 {
					condition := drawCondition(t, 3)
					want := ids(slices.DeleteFunc(slices.Clone(rows), func(row thing) bool { return !passes(condition, row) }))
					got := ids(list(t, tx, listing.Query{Where: condition, Order: []listing.Order{{Field: "name"}}}))
					if !slices.Equal(got, want) {
						t.Fatalf("%#v: got %v, want %v of %v", condition, got, want, rows)
					}
				}
			})
		})
	})
}

// TestListPagesHoldEachRowOnce pages in random orders while rows are inserted. Rows that existed at
// the start must appear exactly once.
func TestListPagesHoldEachRowOnce(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":                               func(t *testing.T) string { return databasetest.URL(t, database.SQLite) },
		"postgres":                             func(t *testing.T) string { return databasetest.URL(t, database.PostgreSQL) },
		"postgres with a language's collation": func(t *testing.T) string { return databasetest.MigratedInSpanish(t, things) },
	} {
		t.Run(name, func(t *testing.T) {
			db := databasetest.Open(t, url(t), things)
			rapid.Check(t, func(t *rapid.T) {
				rolledBack(t, db, func(tx *database.Tx) { checkPages(t, tx, !strings.Contains(name, "language")) })
			})
		})
	}
}

func checkPages(t *rapid.T, tx *database.Tx, byBytes bool) {
	var rows []thing
	for id := range rapid.Int64Range(1, 15).Draw(t, "rows") {
		rows = append(rows, drawThing(t, 2*id))
	}
	insertThings(t, tx, rows...)
	query := listing.Query{Order: drawOrder(t), Limit: rapid.IntRange(1, 4).Draw(t, "limit"), Where: drawWhere(t)}
	want := ids(list(t, tx, listing.Query{Order: query.Order, Where: query.Where}))
	if byBytes {
		slices.SortFunc(rows, inOrder(query.Order))
		if sorted := ids(slices.DeleteFunc(rows, func(row thing) bool { return !passes(query.Where, row) })); !slices.Equal(want, sorted) {
			t.Fatalf("order %v: got %v, want %v", query.Order, want, sorted)
		}
	}
	for skipped := range want {
		page := list(t, tx, listing.Query{Order: query.Order, Where: query.Where, Limit: query.Limit, Offset: skipped})
		if rest := want[skipped:]; !slices.Equal(ids(page), rest[:min(query.Limit, len(rest))]) {
			t.Fatalf("after %d: got %v of %v", skipped, ids(page), want)
		}
	}
	var met []int64
	for added := int64(1); ; added += 2 {
		page := list(t, tx, query)
		met = append(met, ids(page)...)
		if len(page) < query.Limit {
			break
		}
		query.After = nil
		for _, o := range query.Order {
			query.After = append(query.After, page[len(page)-1][o.Field])
		}
		if added < 30 {
			insertThings(t, tx, drawThing(t, added))
		}
	}
	if once := slices.Compact(slices.Sorted(slices.Values(met))); len(once) != len(met) {
		t.Fatalf("got duplicates: %v", met)
	}
	if old := slices.DeleteFunc(met, func(id int64) bool { return id%2 == 1 }); !slices.Equal(old, want) {
		t.Fatalf("got %v, want %v in the order %v", old, want, query.Order)
	}
}

func TestListAddsOnlyColumnsToSQL(t *testing.T) {
	databasetest.Each(t, things, func(t *testing.T, db *database.DB) {
		rolledBack(t, db, func(tx *database.Tx) {
			insertThings(t, tx, thing{"name": int64(1), "code": "a' OR 'a' = 'a", "rank": int64(0), "flag": false})
			if got := list(t, tx, listing.Query{Where: listing.Is("code", "b' OR 'a' = 'a")}); len(got) != 0 {
				t.Errorf("a value became part of the statement: %v", got)
			}
			if got := list(t, tx, listing.Query{Where: listing.Is("code", "a' OR 'a' = 'a")}); len(got) != 1 {
				t.Errorf("got %v, want the row with the value", got)
			}
			for _, query := range []listing.Query{
				{Where: listing.Is("id", 1)},
				{Where: listing.Present{Field: "1 = 1 OR id"}},
				{Where: listing.Compare{Field: "rank", Op: "> 0 OR 1 =", Value: int64(1)}},
				{Order: []listing.Order{{Field: "id; DROP TABLE things"}}},
				{Order: []listing.Order{{Field: "name"}}, After: listing.Cursor{}},
				{Offset: 1},
			} {
				if _, err := read(tx, query); err == nil || !strings.Contains(err.Error(), "building the statement") {
					t.Errorf("%+v: %v", query, err)
				}
			}
		})
	})
}

// A condition of thousands of parts is read by both engines, SQLite's limit on the depth of expressions notwithstanding.
func TestListsTakeLongConditions(t *testing.T) {
	databasetest.Each(t, things, func(t *testing.T, db *database.DB) {
		rolledBack(t, db, func(tx *database.Tx) {
			one, none := listing.Or{}, listing.And{}
			for id := range int64(3000) {
				one, none = append(one, listing.Is("name", id)), append(none, listing.Compare{Field: "name", Op: listing.NotEqual, Value: id})
			}
			for _, id := range []int64{0, 2999, 3000} {
				insertThings(t, tx, thing{"name": id, "code": "c", "rank": id, "flag": false})
			}
			if got := list(t, tx, listing.Query{Where: one}); len(got) != 2 {
				t.Errorf("one of 3000: got %v", got)
			}
			if got := list(t, tx, listing.Query{Where: none}); len(got) != 1 {
				t.Errorf("none of 3000: got %v", got)
			}
		})
	})
}

func TestWhereFiltersSums(t *testing.T) {
	databasetest.Each(t, things, func(t *testing.T, db *database.DB) {
		rolledBack(t, db, func(tx *database.Tx) {
			for id := range int64(6) {
				insertThings(t, tx, thing{"name": id, "code": "c", "rank": id, "flag": id%2 == 0})
			}
			for _, test := range []struct {
				where listing.Condition
				want  int64
			}{{nil, 15}, {listing.All(listing.Is("flag", true), listing.Compare{Field: "rank", Op: listing.Greater, Value: int64(1)}), 6}} {
				where, args, err := tx.Where(test.where, thingColumns, "t")
				if err != nil {
					t.Fatal(err)
				}
				var sum int64
				err = tx.QueryRowContext(t.Context(), `SELECT SUM(rank) FROM things WHERE tenant = $1 AND `+where+` GROUP BY tenant`, args...).Scan(&sum)
				if err != nil || sum != test.want {
					t.Errorf("sum of %v: got %d, want %d (%v)", test.where, sum, test.want, err)
				}
			}
		})
	})
}

func TestPageTokenKeyIsUniquePerStore(t *testing.T) {
	databasetest.Each(t, things, func(t *testing.T, db *database.DB) {
		key, err := db.PageTokenKey(t.Context())
		if err != nil || len(key) != 32 {
			t.Fatalf("got a key of %d bytes, %v", len(key), err)
		}
		if again, err := db.PageTokenKey(t.Context()); err != nil || !slices.Equal(again, key) {
			t.Errorf("the key changed (%v)", err)
		}
		other := databasetest.Open(t, databasetest.URL(t, db.Engine()), things)
		if others, err := other.PageTokenKey(t.Context()); err != nil || slices.Equal(others, key) {
			t.Errorf("two stores have the same key (%v)", err)
		}
	})
}

// TestListMergesConditions checks that conditions of which rows match one each select what an Or of them does, in the same order and
// pages.
func TestListMergesConditions(t *testing.T) {
	databasetest.Each(t, things, func(t *testing.T, db *database.DB) {
		rapid.Check(t, func(t *rapid.T) {
			rolledBack(t, db, func(tx *database.Tx) {
				for id := range rapid.Int64Range(1, 15).Draw(t, "rows") {
					insertThings(t, tx, drawThing(t, id))
				}
				var among listing.Or
				for _, rank := range rapid.SliceOfNDistinct(rapid.Int64Range(0, 4), 1, 5, rapid.ID).Draw(t, "ranks") {
					among = append(among, listing.Is("rank", rank))
				}
				where := drawCondition(t, 2)
				query := listing.Query{
					Order: []listing.Order{{Field: "name", Descending: rapid.Bool().Draw(t, "descending")}},
					Limit: rapid.IntRange(1, 4).Draw(t, "limit"), Offset: rapid.IntRange(0, 3).Draw(t, "offset"),
				}
				query.Where = listing.All(where, among)
				if before := ids(list(t, tx, query)); len(before) > 0 && rapid.Bool().Draw(t, "further") { // a page ends with a row of the list
					query.After = listing.Cursor{rapid.SampledFrom(before).Draw(t, "after")}
				}
				want := ids(list(t, tx, query))
				query.Where, query.Among = where, among
				if got := ids(list(t, tx, query)); !slices.Equal(got, want) {
					t.Fatalf("%#v: got %v, want %v", query, got, want)
				}
			})
		})
	})
}
