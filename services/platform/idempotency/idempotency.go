// Package idempotency holds package mutation's idempotency under its former names, for domains that do not run their
// mutations by mutation.Run yet. Use package mutation.
package idempotency

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Recorder is mutation.Recorder.
type Recorder = mutation.Recorder

// Do runs a mutation once for the key that ctx carries. The recorder's writer has the instant, which is not used.
func Do[T any](ctx context.Context, recorder Recorder, _ time.Time, do func() (T, error)) (T, error) {
	key, ok := mutation.KeyOf(ctx)
	if !ok {
		return do()
	}
	return mutation.Once(ctx, recorder, key, do)
}
