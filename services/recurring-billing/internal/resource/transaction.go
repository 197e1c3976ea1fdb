package resource

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

// Store runs transactions of a package's own Reader and Writer on what all tenants have. No tenant sees another's.
type Store[R, W any] interface {
	// Read runs do on one consistent snapshot of the tenant's resources.
	Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, R) error) error
	// Write runs do in one serialisable transaction: all that it writes is kept, durably, or nothing is. An error of do undoes
	// everything and is returned. do may run more than once, so it has no effect but through the Writer.
	Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error
}

// GuardedStore is a Store whose Writer can also guard itself.
type GuardedStore[R, W any] interface {
	Store[R, W]
	// WriteGuarded runs do in a transaction that sees what others commit meanwhile; do guards itself by versions, by unique
	// keys and by waiting for the rows that others hold.
	WriteGuarded(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error
}

// Read reads one thing, whatever it is, on a snapshot of the caller's tenant.
func Read[R, W, T any](ctx context.Context, store Store[R, W], do func(context.Context, R) (T, error)) (result T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return result, err
	}
	err = store.Read(ctx, caller.Tenant, func(ctx context.Context, r R) error {
		result, err = do(ctx, r)
		return err
	})
	return result, err
}

// errValidated undoes a write that was made to see whether it can be.
var errValidated = errors.New("validated only")

// Write runs a mutation of the caller's in one transaction and gives its outcome: once for each idempotency key, if the
// context carries one. A mutation that is only validated is undone after it has gone well.
func Write[R any, W idempotency.Recorder, T any](ctx context.Context, store Store[R, W], clock clock.Clock, validateOnly bool, do func(context.Context, W) (T, error)) (outcome T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return outcome, err
	}
	at := clock.Now()
	err = store.Write(ctx, caller, at, func(ctx context.Context, w W) (err error) {
		outcome, err = idempotency.Do(ctx, w, at, func() (T, error) { return do(ctx, w) })
		if err == nil && validateOnly {
			return errValidated
		}
		return err
	})
	if errors.Is(err, errValidated) {
		err = nil
	}
	return outcome, err
}

// guardedAttempts is how often something that changes while it is being changed is looked at again.
const guardedAttempts = 10

// WriteGuarded runs a mutation of the caller's that guards itself in one transaction, again where what it read has changed,
// and once for each idempotency key.
func WriteGuarded[R any, W idempotency.Recorder, T any](ctx context.Context, store GuardedStore[R, W], clock clock.Clock, do func(context.Context, W) (T, error)) (outcome T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return outcome, err
	}
	for range guardedAttempts {
		at := clock.Now()
		err = store.WriteGuarded(ctx, caller, at, func(ctx context.Context, w W) (err error) {
			outcome, err = idempotency.Do(ctx, w, at, func() (T, error) { return do(ctx, w) })
			return err
		})
		if !errors.Is(err, ErrStale) {
			break
		}
	}
	return outcome, err
}

// Create creates a resource of the caller's, or only tells what would be created.
func Create[R any, W idempotency.Recorder, T any](ctx context.Context, store Store[R, W], clock clock.Clock, resource T, validateOnly bool, do func(context.Context, W, *T) error) (T, error) {
	return Write(ctx, store, clock, validateOnly, func(ctx context.Context, w W) (T, error) {
		created := resource
		err := do(ctx, w, &created)
		return created, err
	})
}
