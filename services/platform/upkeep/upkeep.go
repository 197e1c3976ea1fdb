// Package upkeep removes outdated rows of a store.
package upkeep

import (
	"context"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/store"
)

const interval = time.Hour

// Run removes expired idempotency keys and, if changes have a retention, older changes: immediately
// and then hourly, until ctx ends. Errors are logged and the work is tried again. Several replicas
// may run it at the same time.
func Run(ctx context.Context, db *database.DB, changeRetention time.Duration, clock clock.Clock, logger *slog.Logger) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		err := db.Write(database.Long(ctx), func(ctx context.Context, tx *database.Tx) error {
			if err := store.ExpireKeys(ctx, tx, clock.Now()); err != nil || changeRetention <= 0 {
				return err
			}
			return feed.Prune(ctx, tx, clock.Now().Add(-changeRetention))
		})
		if err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "upkeep of the store failed and will be retried", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
