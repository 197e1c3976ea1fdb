package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// loadPlans fills the tables of lists with some thousands of rows.
var loadPlans = []string{
	`INSERT INTO subscriptions (tenant, id, number, version, document, state, account, type, owner_group, privacy_level, levels, created)
		SELECT 't', 'S' || n, 'N' || n, 1, '', 'STATE' || (n % 100), 'A' || (n % 500), 'T' || (n % 100), 'G' || (n % 100), 'L' || (n % 100), 'L' || (n % 100) || '/', n
		FROM numbers`,
	`INSERT INTO accounts (tenant, id, number, version, document, name, state, owner_name)
		SELECT 't', 'A' || n, 'N' || n, 1, '', 'Name' || n, 'STATE' || (n % 100), 'Owner' || n FROM numbers`,
	`INSERT INTO installed_items (tenant, id, serial_number, alternative_code, version, document, name)
		SELECT 't', 'I' || n, 'SN' || n, 'C' || n, 1, '', 'Name' || n FROM numbers`,
	`INSERT INTO products (tenant, id, code, alternative_code, version, document, name) SELECT 't', 'P' || n, 'C' || n, 'A' || n, 1, '', 'Name' || n FROM numbers`,
	`INSERT INTO users (tenant, id, login, version, document, organisation, user_name, name, email, max_privacy_level)
		SELECT 't', 'U' || n, 'O/' || n, 1, '', 'O' || (n % 100), 'user' || n, 'Name' || n, 'mail' || n, 'L' || (n % 100) FROM numbers`,
	`INSERT INTO sessions (tenant, id, token_hash, version, document, user_id) SELECT 't', 'X' || n, 'hash' || n, 1, '', 'U' || (n % 100) FROM numbers`,
	`INSERT INTO api_keys (tenant, id, user_id, key_hash, created, updated, version, document) SELECT 't', 'K' || n, 'U' || (n % 100), 'hash' || n, 0, 0, 1, '' FROM numbers`,
	`INSERT INTO subscription_parts (tenant, subscription, kind, id) SELECT 't', 'S' || n, 'services', 'V' || n FROM numbers`,
	`INSERT INTO subscription_actions (tenant, id, number, reference, version, document, subscription, classification, behavior, state, scheduled, due, created, updated)
		SELECT 't', 'B' || n, 'N' || n, 'R' || n, 1, '', 'S' || (n % 500), 'C', 'C', 'STATE', n, CASE WHEN n % 20 = 0 THEN n END, 0, 0 FROM numbers`,
	`ANALYZE`,
}

// TestListsUseIndexes checks that lists by what people look for read an index.
func TestListsUseIndexes(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		if db.Engine() == database.SQLite { // without statistics, too, which a new store has not
			expectAheadIndexes(t, db)
		}
		databasetest.Execute(t, db, databasetest.Numbers...)
		databasetest.Execute(t, db, loadPlans...)
		for _, list := range []struct {
			table   string
			columns map[string]string
			// equal and prefix are the fields to filter by, with a value that few rows have.
			equal, prefix map[string]string
		}{
			{
				"subscriptions", store.SubscriptionColumns,
				map[string]string{"number": "N7", "state": "STATE7", "account": "A7", "subscription_type": "T7", "group": "G7", "privacy_level": "L7"},
				map[string]string{"number": "N77"},
			},
			{
				"accounts", store.AccountColumns, map[string]string{"number": "N7", "display_name": "Name7", "state": "STATE7", "account_owner.full_name": "Owner7"},
				map[string]string{"number": "N77", "display_name": "Name77", "account_owner.full_name": "Owner77"},
			},
			{
				"installed_items", store.InstalledItemColumns, map[string]string{"serial_number": "SN7", "alternative_code": "C7", "display_name": "Name7"},
				map[string]string{"serial_number": "SN77", "alternative_code": "C77", "display_name": "Name77"},
			},
			{"products", store.ProductColumns, map[string]string{"code": "C7", "alternative_code": "A7", "display_name": "Name7"}, map[string]string{"code": "C77", "display_name": "Name77"}},
			{
				"users", store.UserColumns,
				map[string]string{"login": "O/7", "organisation": "O7", "user_name": "user7", "display_name": "Name7", "email": "mail7", "max_privacy_level": "L7"},
				map[string]string{"user_name": "user77", "display_name": "Name77", "email": "mail77"},
			},
			{"sessions", store.SessionColumns, map[string]string{"user": "U7"}, nil},
			{"subscription_actions", store.ActionColumns, map[string]string{"subscription": "S7", "number": "N7", "transaction_reference": "R7"}, nil},
			{"api_keys", store.APIKeyColumns, map[string]string{"user": "U7"}, nil},
		} {
			expectIndex := func(field string, where listing.Condition) {
				t.Helper()
				plan := databasetest.Plan(t, db, `SELECT document FROM `+list.table+` WHERE tenant = $1`, list.columns,
					listing.Query{Where: where, Order: []listing.Order{{Field: "name"}}, Limit: 51})
				if !readsIndex(plan, db.Engine(), list.columns[field]) {
					t.Errorf("%s by %s: the plan must find it in an index, got\n%s", list.table, field, plan)
				}
			}
			for field, value := range list.equal {
				expectIndex(field, listing.Is(field, value))
			}
			for field, prefix := range list.prefix {
				expectIndex(field, listing.Prefix{Field: field, Prefix: prefix})
			}
		}
		expectOffsetsReadIndexes(t, db)
		expectSeenReadsIndexes(t, db)
		expectDueIndexes(t, db)
		expectAheadIndexes(t, db)
		expectPartIndex(t, db)
	})
}

// expectPartIndex checks that subscriptions are found by the id of a service in an index.
func expectPartIndex(t *testing.T, db *database.DB) {
	t.Helper()
	plan := databasetest.Explained(t, db, `SELECT subscription FROM subscription_parts WHERE tenant = $1 AND kind = $2 AND id = $3 LIMIT $4`, "t", "services", "V7", 2)
	if !strings.Contains(plan, "subscription_parts_by_id") {
		t.Errorf("the plan must find a service in subscription_parts_by_id, got\n%s", plan)
	}
}

// expectOffsetsReadIndexes checks the lists of the vendor's contract: what is left out, too, is found in an
// index, in order.
func expectOffsetsReadIndexes(t *testing.T, db *database.DB) {
	t.Helper()
	for field, value := range map[string]string{"account": "A7", "state": "STATE7"} {
		plan := databasetest.Plan(t, db, `SELECT document FROM subscriptions WHERE tenant = $1`, store.SubscriptionColumns,
			listing.Query{Where: listing.Is(field, value), Order: []listing.Order{{Field: "name"}}, Limit: 100, Offset: 500})
		if !readsIndex(plan, db.Engine(), store.SubscriptionColumns[field]) || db.Engine() == database.SQLite && databasetest.Sorts(plan) {
			t.Errorf("subscriptions by %s after an offset: the plan must read an index in order, got\n%s", field, plan)
		}
	}
}

// expectSeenReadsIndexes checks the lists of users: each combination of levels, of a group or of all, is read in an index, in order, and
// so is which there are.
func expectSeenReadsIndexes(t *testing.T, db *database.DB) {
	t.Helper()
	highest := int64(2)
	for index, test := range map[string]struct {
		where listing.Condition
		sees  visibility.Visibility
	}{
		"subscriptions_by_levels":             {nil, visibility.Visibility{MaxPrivacy: &highest}},
		"subscriptions_by_state_and_levels":   {listing.Is("state", "STATE7"), visibility.Visibility{MaxPrivacy: &highest}},
		"subscriptions_by_account_and_levels": {listing.Is("account", "A7"), visibility.Visibility{MaxPrivacy: &highest}},
		"subscriptions_by_group_and_levels":   {nil, visibility.Visibility{Groups: []catalogue.GroupID{"X7"}}},
		"subscriptions_by_state_and_group":    {listing.Is("state", "STATE7"), visibility.Visibility{Groups: []catalogue.GroupID{"X7"}, MaxPrivacy: &highest}},
		"subscriptions_by_account_and_group":  {listing.Is("account", "A7"), visibility.Visibility{Groups: []catalogue.GroupID{"X7"}, MaxPrivacy: &highest}},
	} {
		user, err := test.sees.Resolved(t.Context(), threeLevels{}, test.where)
		if err != nil {
			t.Fatal(err)
		}
		every, among := user.Split()
		plan := databasetest.Plan(t, db, `SELECT document FROM subscriptions WHERE tenant = $1`, store.SubscriptionColumns, listing.Query{
			Where: listing.All(test.where, every), Among: among, Order: []listing.Order{{Field: "name"}}, Limit: 100, Offset: 500,
		})
		if strings.Count(plan, index) != len(among) || len(among) < 2 || db.Engine() == database.SQLite && strings.Count(plan, "B-TREE") > 1 { // of the page, by its ids
			t.Errorf("the plan must read %s %d times, in order, got\n%s", index, len(among), plan)
		}
	}
	for index, where := range map[string]string{
		"subscriptions_by_levels": "TRUE", "subscriptions_by_state_and_levels": "state = 'STATE7'", "subscriptions_by_account_and_levels": "account = 'A7'",
	} {
		if plan := databasetest.Explained(t, db, fmt.Sprintf(store.PresentLevels, where, 10), "t"); !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan on subscriptions") {
			t.Errorf("the plan must look for each next levels in %s, got\n%s", index, plan)
		}
	}
}

// threeLevels has subscriptions of three privacy levels, one of them high, and one account with a level.
type threeLevels struct{ visibility.Reader }

func (threeLevels) PrivacyLevels(context.Context, listing.Query) ([]catalogue.PrivacyLevel, error) {
	return []catalogue.PrivacyLevel{{ID: "one", Number: "1"}, {ID: "two", Number: "2"}, {ID: "three", Number: "3"}}, nil
}

func (threeLevels) Levels(context.Context, listing.Condition, int) (levels []string, exact bool, err error) {
	return []string{"/", "/one", "three/", "three/one", "two/one"}, true, nil
}

// readsIndex reports whether a plan looks a column up in an index.
func readsIndex(plan string, engine database.Engine, column string) bool {
	for line := range strings.Lines(plan) {
		switch engine {
		case database.SQLite:
			if strings.Contains(line, "INDEX") && (strings.Contains(line, column+"=?") || strings.Contains(line, column+">?")) {
				return true
			}
		case database.PostgreSQL:
			if strings.Contains(line, "Index Cond") && strings.Contains(line, column) {
				return true
			}
		}
	}
	return false
}

// expectDueIndexes checks that a look for due actions reads an index, for the actions themselves and for earlier ones of the
// same subscription.
func expectDueIndexes(t *testing.T, db *database.DB) {
	t.Helper()
	want := []string{"subscription_actions_due ", "subscription_actions_due_of_subscription"}
	if db.Engine() == database.SQLite {
		want = []string{"INDEX subscription_actions_due (due<?)", "INDEX subscription_actions_due_of_subscription (tenant=? AND subscription=?"}
	}
	plan := databasetest.Explained(t, db, store.DueActions, int64(40), 100)
	for _, index := range want {
		if !strings.Contains(plan, index) {
			t.Errorf("the plan must use %q, got\n%s", index, plan)
		}
	}
}

// expectAheadIndexes checks that what a batch of actions reads by many keys is found in indexes by these keys. Otherwise each batch
// reads all rows of the tenant, and a sweep takes time with the square of its actions.
func expectAheadIndexes(t *testing.T, db *database.DB) {
	t.Helper()
	tx := &database.Tx{Engine: db.Engine()}
	keys, err := database.Many(tx, []string{"S7", "S20"})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range store.AheadQueries {
		plan := databasetest.Explained(t, db, fmt.Sprintf(query, tx.In("$2")), "t", keys)
		for line := range strings.Lines(plan) {
			everything := strings.Contains(line, "(tenant=?)") || strings.Contains(line, "SCAN") && !strings.Contains(line, "json_each")
			if db.Engine() == database.PostgreSQL { // which reads the empty table of types whole
				everything = strings.Contains(line, "Seq Scan") && !strings.Contains(line, "subscription_types")
			}
			if everything || strings.Contains(line, "B-TREE") {
				t.Errorf("%s: the plan must find each key in an index, got\n%s", query, plan)
			}
		}
	}
}
