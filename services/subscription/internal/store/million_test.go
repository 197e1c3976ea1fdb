package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// loadMillion makes a million subscriptions: ten of most accounts, 100,000 of one, and nine of ten in the same state.
var loadMillion = []string{
	`INSERT INTO subscriptions (tenant, id, number, version, document, state, account, type, owner_group, privacy_level, created)
		SELECT 'default', 'S' || (m.n * 1000 + n.n), 'N' || (m.n * 1000 + n.n), 1,
			'{"id":"S' || (m.n * 1000 + n.n) || '","number":"N' || (m.n * 1000 + n.n) || '","state":"EFFECTIVE","account":"A","type":"T","notes":"NOTES"}',
			CASE WHEN n.n % 10 = 0 THEN 'CANCELLED' ELSE 'EFFECTIVE' END,
			CASE WHEN n.n % 10 = 5 THEN 'BIG' ELSE 'A' || (m.n * 100 + n.n / 10) END, 'T', 'G' || n.n % 100, NULL, n.n
		FROM (SELECT n FROM numbers WHERE n <= 1000) AS m CROSS JOIN (SELECT n FROM numbers WHERE n <= 1000) AS n`,
	`INSERT INTO subscription_groups (tenant, id, name, version, document) SELECT 'default', 'G' || n, 'Group ' || n, 1, '{}' FROM numbers WHERE n < 100`,
	`ANALYZE`,
}

// BenchmarkListsOfMillion measures a page of 100 subscriptions out of a million: the first, one far within, and those of a user who
// reaches the groups of one in fifty.
func BenchmarkListsOfMillion(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		db := databasetest.Open(b, databasetest.Migrated(b, engine, store.Migrations()), store.Migrations())
		const sizeOfNotes = 500 // makes documents about as long as those of subscriptions with some services
		loading := slices.Concat(databasetest.Numbers, loadMillion)
		for i := range loading {
			loading[i] = strings.ReplaceAll(loading[i], "NOTES", strings.Repeat("n", sizeOfNotes))
		}
		databasetest.Execute(b, db, loading...)
		l := begin(b, db)
		sees := visibility.Visibility{Groups: []catalogue.GroupID{"G7", "G8"}}.Condition()
		for name, where := range map[string]listing.Condition{
			"account": listing.Is("account", "A1007"), "large account": listing.Is("account", "BIG"),
			"state": listing.Is("state", subscription.Effective), "rare state": listing.Is("state", subscription.Cancelled),
			"state seen by a user":   listing.All(listing.Is("state", subscription.Effective), sees),
			"account seen by a user": listing.All(listing.Is("account", "BIG"), sees),
		} {
			for page, query := range map[string]listing.Query{
				"first page": {}, "page after S5": {After: listing.Cursor{"S5"}}, "offset 10000": {Offset: 10_000},
			} {
				query.Where, query.Order, query.Limit = where, []listing.Order{{Field: "name"}}, 100
				b.Run(fmt.Sprintf("%s/%s/%s", engine, name, page), func(b *testing.B) {
					for b.Loop() {
						if _, err := l.service.List(l.ctx, query); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
