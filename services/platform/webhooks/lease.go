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
	"github.com/continuo-billing/continuo/services/platform/webhooks/internal/rows"
)

// A lease is renewed after each change, so it outlasts a single delivery.
const leaseTime = 4 * deliveryTimeout

// errSuperseded ends a turn: the lease was lost, or the endpoint was changed during an attempt.
var errSuperseded = errors.New("the webhook endpoint was changed or taken over")

// key identifies an endpoint in a store.
type key struct {
	tenant auth.Tenant
	id     string
}

// waiting returns up to limit endpoints with changes to send, alternating between tenants, the
// least recently served first.
func waiting(ctx context.Context, tx *database.Tx, now time.Time, limit int) ([]key, error) {
	end, err := feed.End(ctx, tx)
	if err != nil {
		return nil, err
	}
	found, err := rows.New(tx).ListDue(ctx, rows.ListDueParams{
		Now: store.Micros(now), LongestWait: store.Micros(now.Add(maxWait)), LongestLease: store.Micros(now.Add(leaseTime)),
		EndTxid: end.Transaction, EndSeq: end.Sequence, Most: int32(limit),
	})
	if err != nil {
		return nil, fmt.Errorf("reading waiting webhook endpoints: %w", err)
	}
	keys := make([]key, len(found))
	for i, row := range found {
		keys[i] = key{auth.Tenant(row.Tenant), row.ID}
	}
	return keys, nil
}

// settledBefore returns the endpoints whose tenant has no change between their cursor and a
// position.
func settledBefore(ctx context.Context, tx *database.Tx, end feed.Position) ([]stored, error) {
	found, err := rows.New(tx).ListIdle(ctx, rows.ListIdleParams{EndTxid: end.Transaction, EndSeq: end.Sequence})
	return endpointsOf(tx, found, err)
}

// lease is the right to send an endpoint's changes. It holds the endpoint as of the time of the
// claim.
type lease struct {
	*stored
	store *store.Store[reader, writer]
}

// claim takes the lease of an endpoint. It returns nil if another worker holds it.
func claim(ctx context.Context, endpoints *store.Store[reader, writer], k key, now time.Time) (*lease, error) {
	var held stored
	err := endpoints.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		row, err := rows.New(tx).LeaseDue(ctx, rows.LeaseDueParams{
			LeaseOwner: id.New(), Until: store.Micros(now.Add(leaseTime)),
			Now: store.Micros(now), LongestWait: store.Micros(now.Add(maxWait)), LongestLease: store.Micros(now.Add(leaseTime)),
			Tenant: string(k.tenant), ID: k.id,
		})
		if err != nil {
			return err
		}
		held, err = endpointOf(tx, row)
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

// release ends the lease.
func (l *lease) release(ctx context.Context, now time.Time) error {
	return l.store.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		if err := rows.New(tx).ReleaseLease(ctx, rows.ReleaseLeaseParams{
			LeaseUntil: store.Micros(now), Tenant: string(l.tenant), ID: l.ID, LeaseOwner: l.leaseOwner,
		}); err != nil {
			return fmt.Errorf("releasing the lease of %s: %w", l.name(), err)
		}
		return nil
	})
}

// covers reports whether the lease lasts long enough to send another change.
func (l *lease) covers(now time.Time) bool { return l.leaseUntil.Sub(now) > 2*deliveryTimeout }

// step describes how the state of deliveries changes after an attempt, or after a range without
// changes for the endpoint.
type step struct {
	// to is the new cursor.
	to feed.Position
	// attempts, nextAttempt and lastError describe the next change.
	attempts    int
	nextAttempt time.Time
	lastError   string
	// delivered is when a change was delivered, or zero.
	delivered time.Time
	// letter is a change that was given up, or nil.
	letter *deadLetter
}

// move stores a step and renews the lease, provided that the lease is still held and the cursor was
// not moved. A step that leaves the cursor in place also requires that the endpoint has not been
// changed. move returns errSuperseded if one of these fails, and also after a successful step if
// the endpoint has been changed.
func (l *lease) move(ctx context.Context, now time.Time, s step) error {
	until := now.Add(leaseTime)
	lastDelivery := l.lastDelivery
	if !s.delivered.IsZero() {
		lastDelivery = s.delivered
	}
	// If the cursor stays, the step describes an attempt with the settings that the lease knows.
	anyVersion := s.to != l.cursor
	var version int64
	err := l.store.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		version, err = rows.New(tx).MoveCursor(ctx, rows.MoveCursorParams{
			ToTxid: s.to.Transaction, ToSeq: s.to.Sequence, Attempts: int64(s.attempts), NextAttemptAt: store.Micros(s.nextAttempt),
			LastError: s.lastError, LastDeliveryAt: store.Micros(lastDelivery), LeaseUntil: store.Micros(until),
			Tenant: string(l.tenant), ID: l.ID, LeaseOwner: l.leaseOwner,
			FromTxid: l.cursor.Transaction, FromSeq: l.cursor.Sequence, Version: l.Version, AnyVersion: anyVersion,
		})
		if errors.Is(err, sql.ErrNoRows) {
			return errSuperseded
		}
		if err != nil {
			return fmt.Errorf("moving the cursor of %s: %w", l.name(), err)
		}
		if s.letter != nil {
			return putDeadLetter(ctx, tx, l.tenant, s.letter)
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.cursor, l.attempts, l.nextAttempt, l.lastError, l.lastDelivery, l.leaseUntil = s.to, s.attempts, s.nextAttempt, s.lastError, lastDelivery, until
	if version != l.Version {
		return errSuperseded
	}
	return nil
}

// disable disables an endpoint that responded with 410, unless it was changed in the meantime. The
// undelivered change stays next.
func (l *lease) disable(ctx context.Context, now time.Time, reason string) error {
	by := auth.Principal{Tenant: l.tenant, Actor: actor}
	return l.store.Write(ctx, by, now, func(ctx context.Context, w writer) error {
		found, err := w.endpoint(ctx, l.ID)
		if err != nil {
			return mutation.Explain(err, endpoints.What, l.ID)
		}
		if found.leaseOwner != l.leaseOwner || found.Version != l.Version {
			return errSuperseded
		}
		found.DisabledReason, found.lastError = disabledGone, reason
		return w.update(ctx, &found)
	})
}
