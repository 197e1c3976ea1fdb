package mutation

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

const (
	// Retention is how long the outcome for an idempotency key is kept.
	Retention = 24 * time.Hour
	// MaxKeyBytes is the maximum length of an idempotency key in bytes.
	MaxKeyBytes = 128
)

// Key is an idempotency key: it makes a request safe to repeat.
type Key struct {
	// Text is the key that the caller sent, unique among its tenant's requests within Retention.
	Text string
	// Hash covers the method and the request. It detects a key that is reused for another request.
	Hash [sha256.Size]byte
}

type contextKey struct{}

// WithKey returns a context that carries a request's idempotency key.
func WithKey(ctx context.Context, key Key) context.Context {
	return context.WithValue(ctx, contextKey{}, key)
}

// HasKey reports whether a context carries an idempotency key, so that the outcome may be that of a request before.
func HasKey(ctx context.Context) bool {
	_, has := ctx.Value(contextKey{}).(Key)
	return has
}

// Record is the recorded outcome of a request.
type Record struct {
	// Hash is the hash of the request.
	Hash [sha256.Size]byte
	// Outcome is the result of the mutation as JSON.
	Outcome json.RawMessage
	// Secret tells that the outcome holds a secret and must be stored sealed.
	Secret bool
}

// secretive is implemented by outcomes that may hold a secret.
type secretive interface{ HoldsSecret() bool }

// Recorder stores the records of one tenant in the transaction of a mutation.
type Recorder interface {
	// Recall returns the record of a key that has not expired; ok reports whether there is one.
	Recall(ctx context.Context, key string) (record Record, ok bool, err error)
	// Remember stores the record of a key for the duration of Retention.
	Remember(ctx context.Context, key string, record Record) error
}

// once returns the outcome recorded for the idempotency key of ctx; if there is none, it runs do
// and records its outcome. Errors are not recorded: the transaction is rolled back, and the request
// may be sent again.
func once[T any, W Writer](ctx context.Context, w W, set settings, do func(context.Context, W) (T, error)) (T, error) {
	key, ok := ctx.Value(contextKey{}).(Key)
	if !ok || set.validateOnly || set.unrecorded {
		return do(ctx, w)
	}
	record, known, err := w.Recall(ctx, key.Text)
	if err != nil {
		var none T
		return none, err
	}
	if known {
		return recorded[T](record, key)
	}
	outcome, err := do(ctx, w)
	if err != nil {
		return outcome, err
	}
	text, err := json.Marshal(outcome)
	if err != nil {
		return outcome, fmt.Errorf("recording an outcome: %w", err)
	}
	holder, ok := any(outcome).(secretive)
	return outcome, w.Remember(ctx, key.Text, Record{Hash: key.Hash, Outcome: text, Secret: ok && holder.HoldsSecret()})
}

// recorded returns the outcome in a record. It fails if the record belongs to another request.
func recorded[T any](record Record, key Key) (outcome T, err error) {
	if record.Hash != key.Hash {
		return outcome, fault.New(fault.Invalid, reason.IdempotencyKeyReused,
			"this idempotency key was used for another request: use a new key for a new request")
	}
	if err := json.Unmarshal(record.Outcome, &outcome); err != nil {
		return outcome, fmt.Errorf("reading a recorded outcome: %w", err)
	}
	return outcome, nil
}
