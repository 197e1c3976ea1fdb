package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// TestChangesLockNoWholeTable reads one of twenty subscriptions to change it. PostgreSQL would read the whole table, and refuse the change
// beside that of any other subscription.
func TestChangesLockNoWholeTable(t *testing.T) {
	db := databasetest.Open(t, databasetest.Migrated(t, database.PostgreSQL, store.Migrations()), store.Migrations())
	databasetest.Execute(t, db, databasetest.Numbers...)
	databasetest.Execute(t, db,
		`INSERT INTO subscriptions (tenant, id, number, version, document, account, type) SELECT 't', 'S' || n, 'N' || n, 1, '{}', 'A', 'T' FROM numbers WHERE n <= 20`,
		`INSERT INTO accounts (tenant, id, number, version, document) VALUES ('t', 'A', '1', 1, '{}')`,
		`INSERT INTO subscription_types (tenant, id, name, version, document) VALUES ('t', 'T', 'T', 1, '{}')`,
		`INSERT INTO settings (tenant, version, document) VALUES ('t', 1, '{}')`, `ANALYZE`)
	locked := func(ctx context.Context) (tables string) {
		t.Helper()
		if err := db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
			names, err := database.Select(ctx, tx, "lock", func(row database.Row) (name string, err error) { return name, row.Scan(&name) },
				`SELECT relation::regclass::text FROM pg_locks WHERE mode = 'SIReadLock' AND locktype = 'relation' AND database =
					(SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1`)
			tables = strings.Join(names, " ")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return tables
	}
	by := auth.Principal{Tenant: "t", Actor: "a"}
	kept := store.New(db, api.Message)
	for _, key := range []resource.Key{resource.ByID("S7"), {Name: resource.KeyNumber, Value: "N7"}} {
		if err := kept.Subscriptions.Write(t.Context(), by, noon, func(ctx context.Context, w subscription.Writer) error {
			_, err := w.Owned(ctx, key)
			if tables := locked(context.WithoutCancel(t.Context())); tables != "" {
				t.Errorf("%v: it locks all of %s", key, tables)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}
