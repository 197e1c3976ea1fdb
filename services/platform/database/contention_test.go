package database_test

import (
	"context"
	"sync"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestWritersOfReplicasOnOneRowAllSucceed has writers of several replicas change one row without
// pauses.
func TestWritersOfReplicasOnOneRowAllSucceed(t *testing.T) {
	const replicas, writers, increments = 4, 3, 40
	url := databasetest.URL(t, database.PostgreSQL)
	first := databasetest.Open(t, url, counters)
	exec(t, first, `INSERT INTO counters VALUES ('t', 'a', 0)`)
	var group sync.WaitGroup
	for replica := range replicas {
		db := first
		if replica > 0 {
			db = databasetest.Open(t, url, counters)
		}
		for range writers {
			group.Go(func() {
				for range increments {
					err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
						var value int64
						if err := tx.QueryRowContext(ctx, `SELECT value FROM counters`).Scan(&value); err != nil {
							return err
						}
						_, err := tx.ExecContext(ctx, `UPDATE counters SET value = $1`, value+1)
						return err
					})
					if err != nil {
						t.Errorf("write failed: %v", err)
					}
				}
			})
		}
	}
	group.Wait()
	err := first.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		var value int64
		err := tx.QueryRowContext(ctx, `SELECT value FROM counters`).Scan(&value)
		if want := int64(replicas * writers * increments); value != want {
			t.Errorf("got %d increments, want %d", value, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
