package changes

import (
	"context"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

const pruneInterval = time.Hour

// Prune removes entries older than the retention, hourly, until ctx ends. No retention (0) keeps everything.
func Prune(ctx context.Context, db *database.DB, retention time.Duration, clock clock.Clock, logger *slog.Logger) {
	if retention <= 0 {
		return
	}
	ticker := time.NewTicker(pruneInterval)
	defer ticker.Stop()
	for {
		err := db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
			return feed.Prune(ctx, tx, clock.Now().Add(-retention))
		})
		if err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "removing old changes failed; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
