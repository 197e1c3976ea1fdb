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
	// Retention is how long an idempotency key keeps its outcome.
	Retention = 24 * time.Hour
	// LongestKey is the most bytes an idempotency key may have.
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

// WithKey is a context that carries a request's key.
func WithKey(ctx context.Context, key Key) context.Context {
	return context.WithValue(ctx, contextKey{}, key)
}

// Record is a stored outcome.
type Record struct {
	// Hash is that of the request the outcome belongs to.
	Hash [sha256.Size]byte
	// Outcome is what the mutation came to, as JSON, without secrets.
	Outcome json.RawMessage
}

// Recorder keeps the records of one tenant in the transaction of a mutation.
type Recorder interface {
	// Recall is the record of a key that has not expired; ok reports whether there is one.
	Recall(ctx context.Context, key string) (record Record, ok bool, err error)
	// Remember keeps the record of a key for the time of Retention.
	Remember(ctx context.Context, key string, record Record) error
}

// once runs do, or gives the outcome that is recorded for the key of ctx. An error is never recorded: nothing was changed,
// and the request may be sent again.
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
	return outcome, w.Remember(ctx, key.Text, Record{Hash: key.Hash, Outcome: text})
}

// recorded is the outcome in a record, if it is of the same request.
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
