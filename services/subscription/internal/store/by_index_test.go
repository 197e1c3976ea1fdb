package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// TestChangesLockNoWholeTable reads one of twenty subscriptions to change it. PostgreSQL would read the whole table, and refuse the change
// beside that of any other subscription. Of the sessions, it must lock the caller's alone, so that others may sign in and be used.
func TestChangesLockNoWholeTable(t *testing.T) {
	db := databasetest.Open(t, databasetest.Migrated(t, database.PostgreSQL, store.Migrations()), store.Migrations())
	databasetest.Execute(t, db, databasetest.Numbers...)
	databasetest.Execute(t, db,
		`INSERT INTO subscriptions (tenant, id, number, version, document, account, type) SELECT 't', 'S' || n, 'N' || n, 1, '{}', 'A', 'T' FROM numbers WHERE n <= 20`,
		`INSERT INTO accounts (tenant, id, number, version, document) VALUES ('t', 'A', '1', 1, '{}')`,
		`INSERT INTO subscription_types (tenant, id, name, version, document) VALUES ('t', 'T', 'T', 1, '{}')`,
		`INSERT INTO privacy_levels (tenant, id, number, version, document) SELECT 't', 'L' || n, n, 1, '{}' FROM numbers WHERE n <= 20`,
		`INSERT INTO users (tenant, id, login, version, document) SELECT 't', 'U' || n, 'O/' || n, 1, '{}' FROM numbers WHERE n <= 20`,
		`INSERT INTO sessions (tenant, id, token_hash, version, document, user_id) SELECT 't', 'X' || n, 'hash ' || n, 1, '{}', 'U' || n FROM numbers WHERE n <= 20`,
		`INSERT INTO settings (tenant, version, document) VALUES ('t', 1, '{}')`)
	kept := store.New(db, api.Message)
	byToken := resource.Key{Name: resource.KeyToken, Value: "hash 7"}
	for _, statistics := range []string{"without", "with"} {
		located, err := kept.Organisations.LocateSession(t.Context(), byToken)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []resource.Key{resource.ByID("S7"), {Name: resource.KeyNumber, Value: "N7"}} {
			if err := kept.Subscriptions.Write(t.Context(), auth.Principal{Tenant: "t", Actor: "a"}, noon, func(ctx context.Context, w subscription.Writer) error {
				still, err := w.(organisation.StillLocator).StillLocated(ctx, byToken, &located)
				if err != nil || !still {
					t.Errorf("the session is still as it was: %t, %v", still, err)
				}
				_, err = w.Owned(ctx, key)
				if tables := locked(t, db, "locktype = 'relation'"); tables != "" {
					t.Errorf("%v, %s statistics: it locks all of %s", key, statistics, tables)
				}
				if pages := locked(t, db, "locktype <> 'tuple' AND relation::regclass::text LIKE 'sessions%'"); pages != "" {
					t.Errorf("%v, %s statistics: it locks pages of %s", key, statistics, pages)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		databasetest.Execute(t, db, `ANALYZE`)
	}
}

// locked returns the tables and indexes with locks by which PostgreSQL notices what a transaction has read, by a condition on these.
func locked(t *testing.T, db *database.DB, where string) (names string) {
	t.Helper()
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		found, err := database.Select(ctx, tx, "lock", func(row database.Row) (name string, err error) { return name, row.Scan(&name) },
			`SELECT DISTINCT relation::regclass::text FROM pg_locks WHERE mode = 'SIReadLock' AND `+where+` AND database =
				(SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1`)
		names = strings.Join(found, " ")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return names
}
