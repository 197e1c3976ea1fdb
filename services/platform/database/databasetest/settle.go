package databasetest

import (
	"context"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// Settle waits until no other transaction is open on a store. PostgreSQL takes a moment to end those of a worker that was
// killed, and keeps their locks until then. Settle reports whether it had to wait, and fails the test after half a minute.
func Settle(t testing.TB, db *database.DB) (waited bool) {
	t.Helper()
	if db.Engine() != database.PostgreSQL {
		return false // a killed worker of the same process has already rolled back
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var open int
		if err := db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`).Scan(&open)
		}); err != nil {
			t.Fatalf("asking for open transactions: %v", err)
		}
		if open == 0 {
			return waited
		}
		if waited = true; time.Now().After(deadline) {
			t.Fatalf("%d transactions stay open", open)
		}
	}
}
