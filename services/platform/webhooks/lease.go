package webhooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
)

// A lease is renewed by every change that is dealt with, so it outlasts any single one.
const leaseTime = 4 * deliveryTimeout

// errOvertaken ends a turn: the lease is lost, or the endpoint was changed while its next change was on its way.
var errOvertaken = errors.New("the webhook endpoint was changed or taken over")

// due is the condition that an endpoint may be sent something at $1: it is enabled, has waited, and nobody leases it. An
// instant further ahead than any is ever set was written by a clock that has been put right since.
const due = ` NOT disabled AND (next_attempt_at <= $1 OR next_attempt_at > $2) AND (lease_until <= $1 OR lease_until > $3)`

func dueArgs(now time.Time) []any {
	return []any{store.Micros(now), store.Micros(now.Add(longestWait)), store.Micros(now.Add(leaseTime))}
}

// key names an endpoint in a store.
type key struct {
	tenant auth.Tenant
	id     string
}

// waiting are up to limit endpoints with something to send: of each tenant in turn, those that were served longest ago
// first.
func waiting(ctx context.Context, tx *database.Tx, now time.Time, limit int) ([]key, error) {
	end, err := feed.End(ctx, tx)
	if err != nil {
		return nil, err
	}
	return database.Select(ctx, tx, "waiting webhook endpoint", func(row database.Row) (k key, err error) {
		return k, row.Scan(&k.tenant, &k.id)
	}, `SELECT tenant, id FROM (
			SELECT tenant, id, lease_until, row_number() OVER (PARTITION BY tenant ORDER BY lease_until) AS turn
			FROM webhook_endpoints e WHERE`+due+` AND EXISTS (SELECT 1 FROM change_feed f
				WHERE f.tenant = e.tenant AND (f.txid, f.seq) > (e.cursor_txid, e.cursor_seq) AND (f.txid, f.seq) <= ($4, $5))) AS w
		ORDER BY turn, lease_until LIMIT $6`, append(dueArgs(now), end.Transaction, end.Sequence, limit)...)
}

// settledBefore are the endpoints whose tenant has no change between their cursor and a place in the feed.
func settledBefore(ctx context.Context, tx *database.Tx, end feed.Position) ([]stored, error) {
	return database.Select(ctx, tx, "idle webhook endpoint", scanEndpoint, `SELECT `+endpointColumns+` FROM webhook_endpoints e
		WHERE (cursor_txid, cursor_seq) < ($1, $2) AND NOT EXISTS (SELECT 1 FROM change_feed f
			WHERE f.tenant = e.tenant AND (f.txid, f.seq) > (e.cursor_txid, e.cursor_seq) AND (f.txid, f.seq) <= ($1, $2))`,
		end.Transaction, end.Sequence)
}

// lease is the right to send an endpoint's changes. It holds the endpoint as it was when it was taken.
type lease struct {
	*stored
	store *store.Store[reader, writer]
}

// claim takes the lease of an endpoint; nil if another was faster.
func claim(ctx context.Context, endpoints *store.Store[reader, writer], k key, now time.Time) (*lease, error) {
	var held stored
	err := endpoints.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		held, err = scanEndpoint(tx.QueryRowContext(ctx, `UPDATE webhook_endpoints SET lease_owner = $4, lease_until = $5
			WHERE`+due+` AND tenant = $6 AND id = $7 RETURNING `+endpointColumns,
			append(dueArgs(now), id.New(), store.Micros(now.Add(leaseTime)), string(k.tenant), k.id)...))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("leasing %s%s: %w", collection, k.id, err)
	}
	return &lease{&held, endpoints}, nil
}

// release gives the endpoint back.
func (l *lease) release(ctx context.Context, now time.Time) error {
	return l.store.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE webhook_endpoints SET lease_owner = '', lease_until = $1
			WHERE tenant = $2 AND id = $3 AND lease_owner = $4`, store.Micros(now), string(l.tenant), l.ID, l.leaseOwner)
		if err != nil {
			return fmt.Errorf("giving back %s: %w", l.name(), err)
		}
		return nil
	})
}

// covers reports whether there is time to send one more change.
func (l *lease) covers(now time.Time) bool { return l.leaseUntil.Sub(now) > 2*deliveryTimeout }

// step is what one change, or a stretch without any for the endpoint, moves.
type step struct {
	// to is the new cursor.
	to feed.Position
	// attempts, nextAttempt and lastError describe the change that is next then.
	attempts    int
	nextAttempt time.Time
	lastError   string
	// delivered is when a change was delivered, zero if none was.
	delivered time.Time
	// letter is a change that is given up, or nil.
	letter *deadLetter
}

// move makes a step and renews the lease, if it is still held and nobody moved the cursor. A step that tells of the next
// change is made only for the endpoint as it was when that was sent. After a step of an endpoint that has changed the
// error is errOvertaken.
func (l *lease) move(ctx context.Context, now time.Time, s step) error {
	until := now.Add(leaseTime)
	lastDelivery := l.lastDelivery
	if !s.delivered.IsZero() {
		lastDelivery = s.delivered
	}
	// Where the cursor stays, the step is about an attempt under the settings that the lease knows.
	anyVersion := s.to != l.cursor
	var version int64
	err := l.store.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE webhook_endpoints SET cursor_txid = $1, cursor_seq = $2, attempts = $3, next_attempt_at = $4,
			last_error = $5, last_delivery_at = $6, lease_until = $7
			WHERE tenant = $8 AND id = $9 AND lease_owner = $10 AND cursor_txid = $11 AND cursor_seq = $12 AND (version = $13 OR $14)
			RETURNING version`,
			s.to.Transaction, s.to.Sequence, s.attempts, store.Micros(s.nextAttempt), s.lastError, store.Micros(lastDelivery), store.Micros(until),
			string(l.tenant), l.ID, l.leaseOwner, l.cursor.Transaction, l.cursor.Sequence, l.Version, anyVersion).Scan(&version)
		if errors.Is(err, sql.ErrNoRows) {
			return errOvertaken
		}
		if err != nil {
			return fmt.Errorf("moving the cursor of %s: %w", l.name(), err)
		}
		if s.letter != nil {
			return bury(ctx, tx, l.tenant, s.letter)
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.cursor, l.attempts, l.nextAttempt, l.lastError, l.lastDelivery, l.leaseUntil = s.to, s.attempts, s.nextAttempt, s.lastError, lastDelivery, until
	if version != l.Version {
		return errOvertaken
	}
	return nil
}

// disable stops an endpoint that said it is gone, unless it was changed meanwhile. The change that it did not take stays
// next.
func (l *lease) disable(ctx context.Context, now time.Time, reason string) error {
	by := auth.Principal{Tenant: l.tenant, Actor: actor}
	return l.store.Write(ctx, by, now, func(ctx context.Context, w writer) error {
		found, err := w.endpoint(ctx, l.ID)
		if err != nil {
			return mutation.Explain(err, endpoints.What, l.ID)
		}
		if found.leaseOwner != l.leaseOwner || found.Version != l.Version {
			return errOvertaken
		}
		found.DisabledReason, found.lastError = disabledGone, reason
		return w.update(ctx, &found)
	})
}
