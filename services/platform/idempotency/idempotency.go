// Package idempotency makes a mutation safe to repeat: a caller's key is stored with the mutation's outcome, in its own
// transaction, and gives that outcome to whoever sends the same request with it again. Keys are kept for 24 hours.
package idempotency

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

const (
	// Retention is how long a key keeps its outcome.
	Retention = 24 * time.Hour
	// LongestKey is the most bytes a key may have.
	LongestKey = 128
)

// Key is what a caller sent to make its request safe to repeat.
type Key struct {
	// Text is the caller's own key, unique among its tenant's requests of a day.
	Text string
	// Hash covers the method and the request, so that a key used for another request is noticed.
	Hash [sha256.Size]byte
}

type contextKey struct{}

// With is a context that carries a request's key.
func With(ctx context.Context, key Key) context.Context {
	return context.WithValue(ctx, contextKey{}, key)
}

// Record is a stored outcome.
type Record struct {
	// Hash is that of the request the outcome belongs to.
	Hash [sha256.Size]byte
	// Outcome is what the request was answered, as JSON.
	Outcome json.RawMessage
}

// Recorder keeps the records of one tenant in the transaction of a mutation.
type Recorder interface {
	// Recall is the record of a key that has not expired at an instant; ok reports whether there is one.
	Recall(ctx context.Context, key string, at time.Time) (record Record, ok bool, err error)
	// Remember keeps the record of a key until Retention after an instant.
	Remember(ctx context.Context, key string, record Record, at time.Time) error
}

// Do runs a mutation once for the key that ctx carries: where the key has a record, its outcome is given and do does
// not run. Without a key do simply runs. T must survive JSON. An error is never recorded: nothing was changed, and the
// request may be sent again.
func Do[T any](ctx context.Context, recorder Recorder, at time.Time, do func() (T, error)) (T, error) {
	key, ok := ctx.Value(contextKey{}).(Key)
	if !ok {
		return do()
	}
	var outcome T
	record, known, err := recorder.Recall(ctx, key.Text, at)
	if err != nil {
		return outcome, err
	}
	if known {
		if record.Hash != key.Hash {
			return outcome, fault.New(fault.Invalid, reason.IdempotencyKeyReused,
				"this idempotency key was used for another request: use a new key for a new request")
		}
		if err := json.Unmarshal(record.Outcome, &outcome); err != nil {
			return outcome, fmt.Errorf("reading a recorded outcome: %w", err)
		}
		return outcome, nil
	}
	if outcome, err = do(); err != nil {
		return outcome, err
	}
	text, err := json.Marshal(outcome)
	if err != nil {
		return outcome, fmt.Errorf("recording an outcome: %w", err)
	}
	return outcome, recorder.Remember(ctx, key.Text, Record{Hash: key.Hash, Outcome: text}, at)
}

// Table is the Recorder on a store's transaction.
type Table struct {
	tx     *database.Tx
	tenant auth.Tenant
}

var _ Recorder = Table{}

// In is the records of a tenant in a transaction.
func In(tx *database.Tx, tenant auth.Tenant) Table { return Table{tx, tenant} }

// Recall reads a key's record.
func (t Table) Recall(ctx context.Context, key string, at time.Time) (record Record, ok bool, err error) {
	var hash []byte
	var outcome string
	err = t.tx.QueryRowContext(ctx, `SELECT request_hash, outcome FROM idempotency_keys WHERE tenant = $1 AND key = $2 AND expires_at > $3`,
		string(t.tenant), key, at.UnixMicro()).Scan(&hash, &outcome)
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, false, nil
	}
	if err != nil {
		return Record{}, false, fmt.Errorf("recalling an idempotency key: %w", err)
	}
	if len(hash) != sha256.Size {
		return Record{}, false, fmt.Errorf("recalling an idempotency key: its hash has %d bytes", len(hash))
	}
	return Record{Hash: [sha256.Size]byte(hash), Outcome: json.RawMessage(outcome)}, true, nil
}

// Remember writes a key's record; an expired one is replaced.
func (t Table) Remember(ctx context.Context, key string, record Record, at time.Time) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO idempotency_keys (tenant, key, request_hash, outcome, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, key) DO UPDATE SET request_hash = excluded.request_hash, outcome = excluded.outcome, expires_at = excluded.expires_at`,
		string(t.tenant), key, bytes.Clone(record.Hash[:]), string(record.Outcome), at.Add(Retention).UnixMicro())
	if err != nil {
		return fmt.Errorf("recording an idempotency key: %w", err)
	}
	return nil
}

// Expire removes the keys, of all tenants, that have expired at an instant.
func Expire(ctx context.Context, tx *database.Tx, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM idempotency_keys WHERE expires_at <= $1`, at.UnixMicro()); err != nil {
		return fmt.Errorf("removing expired idempotency keys: %w", err)
	}
	return nil
}
