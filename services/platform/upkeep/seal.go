package upkeep

import (
	"context"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/reload"
)

// Seal seals the secrets that earlier versions stored in the clear, and those sealed with another key
// than the newest: immediately, after the key file has changed, and hourly, until ctx ends. Errors are
// logged and the work is tried again.
func Seal(ctx context.Context, db *database.DB, tables []database.Sealed, logger *slog.Logger) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	changed := watchKeys(ctx, db, logger)
	for {
		for _, table := range tables {
			rows, err := db.Reseal(ctx, table)
			if err != nil && ctx.Err() == nil {
				logger.WarnContext(ctx, "sealing the secrets of the store failed and will be retried", "table", table.Table, "error", err)
			}
			if rows > 0 {
				logger.InfoContext(ctx, "sealed secrets with the newest key", "table", table.Table, "rows", rows)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-ticker.C:
		}
	}
}

// watchKeys reloads the keys when their file changes, and tells of it.
func watchKeys(ctx context.Context, db *database.DB, logger *slog.Logger) <-chan struct{} {
	changed := make(chan struct{}, 1)
	keys := db.Secrets()
	if keys == nil {
		return changed
	}
	go reload.Watch(ctx, logger, "sealing keys", []string{keys.Path()}, func() error {
		if err := keys.Reload(); err != nil {
			return err
		}
		select {
		case changed <- struct{}{}:
		default: // the next round is due already
		}
		return nil
	})
	return changed
}
