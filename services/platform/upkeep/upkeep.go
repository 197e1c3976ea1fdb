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

// interval is how often most work is done, and forgetting how often the store forgets what all programs have been told.
const (
	interval   = time.Hour
	forgetting = 10 * time.Second
)

// Run removes expired idempotency keys and, if changes have a retention, older changes: immediately
// and then hourly, until ctx ends. Every few seconds it has the store forget what all programs have been told. Errors are logged and the work is tried again. Several replicas
// may run it at the same time.
func Run(ctx context.Context, db *database.DB, changeRetention time.Duration, clock clock.Clock, logger *slog.Logger) {
	hourly, often := time.NewTicker(interval), time.NewTicker(forgetting)
	defer hourly.Stop()
	defer often.Stop()
	expire := func(ctx context.Context) error {
		return db.Write(database.Long(ctx), func(ctx context.Context, tx *database.Tx) error {
			if err := store.ExpireKeys(ctx, tx, clock.Now()); err != nil || changeRetention <= 0 {
				return err
			}
			return feed.Prune(ctx, tx, clock.Now().Add(-changeRetention))
		})
	}
	for work := expire; ; {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "upkeep of the store failed and will be retried", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-hourly.C:
			work = expire
		case <-often.C:
			work = db.Forget
		}
	}
}
