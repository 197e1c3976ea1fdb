package figures

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// Age returns how long ago a time in microseconds was, in seconds: 0 without a time, or if the time
// is ahead since clocks differ.
func Age(now time.Time, since sql.NullInt64) float64 {
	if !since.Valid {
		return 0
	}
	return max(0, now.Sub(time.UnixMicro(since.Int64)).Seconds())
}

// changeFeed tells how far the feed that readers see is behind: by the oldest open transaction that
// has written, since readers see no change before all older ones have ended.
func changeFeed(ctx context.Context, tx *database.Tx, _ time.Time) ([]Figure, error) {
	if tx.Engine == database.SQLite {
		return []Figure{{Gauge: FeedLag}}, nil
	}
	var lag float64
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)
		FROM pg_stat_activity WHERE backend_xid IS NOT NULL`).Scan(&lag)
	if err != nil {
		return nil, fmt.Errorf("reading the lag of the change feed: %w", err)
	}
	return []Figure{{Gauge: FeedLag, Value: max(0, lag)}}, nil
}

// webhookQueue tells what webhook endpoints wait for.
func webhookQueue(ctx context.Context, tx *database.Tx, now time.Time) ([]Figure, error) {
	after := `(f.txid, f.seq) > (e.cursor_txid, e.cursor_seq)`
	if tx.Engine == database.SQLite {
		after = `f.txid = 0 AND f.seq > e.cursor_seq` // the form that uses the index
	}
	var oldest sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT min(oldest) FROM (
		SELECT (SELECT f.at FROM change_feed f WHERE f.tenant = e.tenant AND `+after+` ORDER BY f.txid, f.seq LIMIT 1) AS oldest
		FROM webhook_endpoints e WHERE NOT e.disabled) AS waiting`).Scan(&oldest)
	if err != nil {
		return nil, fmt.Errorf("reading the lag of webhooks: %w", err)
	}
	var all, disabled, failing, letters float64
	err = tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(CASE WHEN disabled THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN NOT disabled AND attempts > 0 THEN 1 ELSE 0 END), 0) FROM webhook_endpoints`).Scan(&all, &disabled, &failing)
	if err != nil {
		return nil, fmt.Errorf("counting webhook endpoints: %w", err)
	}
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM webhook_dead_letters LIMIT $1) AS letters`, MostCounted).Scan(&letters); err != nil {
		return nil, fmt.Errorf("counting dead letters: %w", err)
	}
	return []Figure{
		{Gauge: WebhookLag, Value: Age(now, oldest)},
		{Gauge: WebhookEndpoints, State: "enabled", Value: all - disabled},
		{Gauge: WebhookEndpoints, State: "disabled", Value: disabled},
		{Gauge: WebhookEndpoints, State: "failing", Value: failing},
		{Gauge: DeadLetters, Value: letters},
	}, nil
}
