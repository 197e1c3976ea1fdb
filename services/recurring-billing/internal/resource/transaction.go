package resource

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Store runs transactions of a package's own Reader and Writer on what all tenants have. No tenant sees another's.
type Store[R, W any] = mutation.Store[R, W]

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

// Write runs a mutation of the caller's in one transaction and gives its outcome: once for each idempotency key, if the
// context carries one. A mutation that is only validated is undone after it has gone well.
func Write[R any, W mutation.Writer, T any](ctx context.Context, store Store[R, W], clock clock.Clock, validateOnly bool, do func(context.Context, W) (T, error)) (T, error) {
	return mutation.Run(ctx, mutation.Service[R, W]{Store: store, Clock: clock}, do, mutation.ValidateOnly(validateOnly))
}

// WriteGuarded runs a mutation of the caller's that guards itself in one transaction, again where what it read has changed,
// and once for each idempotency key.
func WriteGuarded[R any, W mutation.Writer, T any](ctx context.Context, store Store[R, W], clock clock.Clock, do func(context.Context, W) (T, error)) (T, error) {
	return mutation.Run(ctx, mutation.Service[R, W]{Store: store, Clock: clock}, do, mutation.Guarded())
}

// Create creates a resource of the caller's, or only tells what would be created.
func Create[R any, W mutation.Writer, T any](ctx context.Context, store Store[R, W], clock clock.Clock, resource T, validateOnly bool, do func(context.Context, W, *T) error) (T, error) {
	return mutation.Create(ctx, mutation.Service[R, W]{Store: store, Clock: clock}, resource, do, mutation.ValidateOnly(validateOnly))
}
