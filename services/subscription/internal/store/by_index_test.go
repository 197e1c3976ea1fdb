package store_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

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
				still, err := w.(organisation.StillLocator).StillLocated(ctx, located.Stored)
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

// TestPlacesAreTakenAgain has PostgreSQL give the place of a session to what has become of it, and to another session.
func TestPlacesAreTakenAgain(t *testing.T) {
	url := databasetest.Migrated(t, database.PostgreSQL, store.Migrations())
	db := databasetest.Open(t, url, store.Migrations())
	databasetest.Execute(t, db,
		`INSERT INTO users (tenant, id, login, version, document) VALUES ('t', 'U', 'O/U', 1, '{}')`,
		`INSERT INTO sessions (tenant, id, token_hash, version, document, user_id) VALUES ('t', 'X', 'hash', 1, '{"id":"X"}', 'U')`)
	kept := store.New(db, api.Message)
	located, err := kept.Organisations.LocateSession(t.Context(), resource.Key{Name: resource.KeyToken, Value: "hash"})
	if err != nil {
		t.Fatal(err)
	}
	still := func() (is bool) {
		t.Helper()
		if err := kept.Subscriptions.Write(t.Context(), auth.Principal{Tenant: "t", Actor: "a"}, noon, func(ctx context.Context, w subscription.Writer) (err error) {
			is, err = w.(organisation.StillLocator).StillLocated(ctx, located.Stored)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !still() {
		t.Error("at first: it is not as it was located")
	}
	connection, err := pgx.Connect(t.Context(), regexp.MustCompile(`[?&]pool_max_conns=\d+`).ReplaceAllString(url, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(context.Background()) }()
	taken := 0
	for _, sql := range []string{
		`UPDATE sessions SET document = '{"id":"X","a":1}', last_used = 1`, `VACUUM sessions`, `UPDATE sessions SET document = '{"id":"X","a":2}', last_used = 2`, `VACUUM sessions`,
		`UPDATE sessions SET document = '{"id":"X","a":3}', last_used = 3`, `VACUUM FULL sessions`,
		`DELETE FROM sessions`, `VACUUM sessions`, `INSERT INTO sessions (tenant, id, token_hash, version, document, user_id) VALUES ('t', 'Y', 'other', 1, '{"id":"Y"}', 'U')`,
	} {
		var place string
		if _, err := connection.Exec(t.Context(), sql); err != nil { // VACUUM runs in no transaction
			t.Fatal(err)
		}
		if err := connection.QueryRow(t.Context(), `SELECT COALESCE(max(ctid::text), '') FROM sessions`).Scan(&place); err != nil {
			t.Fatal(err)
		}
		if place == located.Stored.Place {
			taken++
		}
		if still() {
			t.Errorf("after %s: it is as it was located", sql)
		}
	}
	if taken < 2 {
		t.Errorf("its place was taken again after %d statements", taken)
	}
}
