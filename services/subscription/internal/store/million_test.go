package store_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// loadPart makes 100,000 subscriptions, 1000 for each of 100 numbers from FROM on: ten of most accounts, one in ten of one account, and
// nine of ten in the same state. They have 100 groups and five privacy levels, or none. Of 50 accounts 49 have the highest level.
const loadPart = `INSERT INTO subscriptions (tenant, id, number, version, document, state, account, type, owner_group, privacy_level, levels, created)
		SELECT 'default', 'S' || (m.n * 1000 + n.n), 'N' || (m.n * 1000 + n.n), 1,
			'{"id":"S' || (m.n * 1000 + n.n) || '","number":"N' || (m.n * 1000 + n.n) || '","state":"EFFECTIVE","account":"A","type":"T","notes":"NOTES"}',
			CASE WHEN n.n % 10 = 0 THEN 'CANCELLED' ELSE 'EFFECTIVE' END,
			CASE WHEN n.n % 10 = 5 THEN 'BIG' ELSE 'A' || (m.n * 100 + n.n / 10) END, 'T', 'G' || n.n % 100,
			CASE WHEN n.n % 6 < 5 THEN 'L' || n.n % 6 END,
			CASE WHEN n.n % 6 < 5 THEN 'L' || n.n % 6 ELSE '' END || CASE WHEN n.n % 10 = 5 OR (m.n * 100 + n.n / 10) % 50 = 0 THEN '/' ELSE '/L4' END, n.n
		FROM (SELECT n FROM numbers WHERE n > FROM AND n <= FROM + 100) AS m CROSS JOIN (SELECT n FROM numbers WHERE n <= 1000) AS n`

// loadSeen makes the groups and privacy levels of the subscriptions.
var loadSeen = []string{
	`INSERT INTO subscription_groups (tenant, id, name, version, document) SELECT 'default', 'G' || n, 'Group ' || n, 1, '{}' FROM numbers WHERE n < 100`,
	`INSERT INTO privacy_levels (tenant, id, number, version, document)
		SELECT 'default', 'L' || n, n, 1, '{"id":"L' || n || '","number":"' || n || '"}' FROM (SELECT n - 1 AS n FROM numbers WHERE n <= 5) AS levels`,
	`INSERT INTO accounts (tenant, id, number, version, document, privacy_level)
		SELECT 'default', 'A' || (m.n * 100 + n.n), 'A' || (m.n * 100 + n.n), 1, '{"id":"A' || (m.n * 100 + n.n) || '"}', CASE WHEN (m.n * 100 + n.n) % 50 > 0 THEN 'L4' END
		FROM (SELECT n FROM numbers WHERE n <= 1000) AS m CROSS JOIN (SELECT n FROM numbers WHERE n <= 100) AS n`,
	`ANALYZE`,
}

// BenchmarkListsOfMillion measures a page of 100 subscriptions out of a million, or out of 100,000 with -short: the first, one far
// within, and one after many that are left out; of a caller who sees all, of users who reach the groups of one or three in a hundred,
// and of users who see what has no privacy level and the lowest one. From these 98,000 accounts of 100,000 are hidden, with their subscriptions.
func BenchmarkListsOfMillion(b *testing.B) {
	parts := 10
	if testing.Short() {
		parts = 1
	}
	const sizeOfNotes = 500 // makes documents about as long as those of subscriptions with some services
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		url := databasetest.Migrated(b, engine, store.Migrations())
		db := databasetest.Open(b, url, store.Migrations())
		databasetest.Execute(b, db, databasetest.Numbers...)
		for part := range parts {
			fill := strings.NewReplacer("NOTES", strings.Repeat("n", sizeOfNotes), "FROM + ", fmt.Sprintf("%d + ", part*100), "> FROM", fmt.Sprintf("> %d", part*100))
			databasetest.Execute(b, db, fill.Replace(loadPart))
		}
		databasetest.Execute(b, db, loadSeen...)
		if engine == database.PostgreSQL {
			// As PostgreSQL does by itself after a while.
			if output, err := exec.CommandContext(b.Context(), databasetest.Program(b, "vacuumdb"), "--analyze", "--dbname="+url).CombinedOutput(); err != nil {
				b.Fatalf("vacuuming: %v: %s", err, output)
			}
		}
		l := begin(b, db)
		for caller, sees := range map[string]*visibility.Visibility{
			"all": nil, "a group": {Groups: []catalogue.GroupID{"G7"}}, "three groups": {Groups: []catalogue.GroupID{"G7", "G8", "G50"}},
			"low levels": {MaxPrivacy: new(int64)}, "a group and low levels": {Groups: []catalogue.GroupID{"G7"}, MaxPrivacy: new(int64)},
		} {
			principal := auth.Principal{Tenant: auth.DefaultTenant, Actor: "ann"}
			if sees != nil {
				principal.Restriction = sees
			}
			ctx := auth.With(b.Context(), principal)
			for name, where := range map[string]listing.Condition{
				"account": listing.Is("account", "A1007"), "large account": listing.Is("account", "BIG"),
				"state": listing.Is("state", subscription.Effective), "rare state": listing.Is("state", subscription.Cancelled), "everything": nil,
			} {
				for page, query := range map[string]listing.Query{
					"first": {}, "after S5": {After: listing.Cursor{"S5"}}, "offset 10000": {Offset: 10_000},
				} {
					query.Where, query.Order, query.Limit = where, []listing.Order{{Field: "name"}}, 100
					b.Run(fmt.Sprintf("%s/%s/%s/%s", engine, caller, name, page), func(b *testing.B) {
						for b.Loop() {
							if _, err := l.service.List(ctx, query); err != nil {
								b.Fatal(err)
							}
						}
					})
				}
			}
		}
	}
}
