package mutation

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

// Read reads one thing, whatever it is, on a snapshot of the caller's tenant.
func Read[T, R any, W Writer](ctx context.Context, s Service[R, W], do func(context.Context, R) (T, error)) (T, error) {
	var result, none T
	caller, err := auth.From(ctx)
	if err != nil {
		return none, err
	}
	if err := s.Store.Read(ctx, caller.Tenant, func(ctx context.Context, r R) (err error) {
		result, err = do(ctx, r)
		return err
	}); err != nil {
		return none, err
	}
	return result, nil
}

// Get is the resource of a key. find is a method of R, such as Reader.Item; what names the kind of resource in the fault
// where there is none: "item".
func Get[T, K, R any, W Writer](ctx context.Context, s Service[R, W], what string, find func(R, context.Context, K) (T, error), key K) (T, error) {
	found, err := Read(ctx, s, func(ctx context.Context, r R) (T, error) { return find(r, ctx, key) })
	return found, Explain(err, what, key)
}

// Option says how a mutation is run.
type Option func(*settings)

type settings struct{ validateOnly, guarded, unrecorded bool }

type validateKey struct{}

// ValidateOnly is a context of a request that only asks what a mutation would come to. It is run and undone: no row, no entry
// in the change feed, no number given out and no idempotency record stay. An idempotency key plays no part in it: it answers
// for the present state of the store, also where the key has a record, and leaves the key free for the request itself.
func ValidateOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, validateKey{}, true)
}

// OnlyValidates reports whether what is done for ctx will be undone: nobody may be shown a secret that is kept nowhere.
func OnlyValidates(ctx context.Context) bool { return ctx.Value(validateKey{}) != nil }

// Guarded runs the mutation by Store.WriteGuarded, and again where it was ErrStale: for what changes resources that
// thousands of others, such as the batches of a cycle run, change at the same time.
func Guarded() Option { return func(s *settings) { s.guarded = true } }

// Unrecorded leaves an idempotency key aside: for a mutation that changes nothing when it is repeated, and for one whose
// outcome is a secret that nobody can be shown again.
func Unrecorded() Option { return func(s *settings) { s.unrecorded = true } }

// guardedAttempts is how often a guarded mutation is run that finds what it read changed.
const guardedAttempts = 10

// errValidated undoes a mutation that went well and was only to be validated.
var errValidated = errors.New("validated only")

// Run runs a mutation of the caller's in one transaction and answers its outcome. A request that carries an idempotency
// key is done once: whoever repeats it is answered the recorded outcome, and nothing is changed. The outcome is recorded as
// JSON, so T must survive that and hold no secret: RunAs is for those that do.
func Run[T, R any, W Writer](ctx context.Context, s Service[R, W], do func(context.Context, W) (T, error), options ...Option) (T, error) {
	return RunAs(ctx, s, do, func(_ context.Context, _ W, outcome T) (T, error) { return outcome, nil }, options...)
}

// RunAs is Run for a mutation whose answer is made of its outcome in the same transaction, the first time and whenever it
// is repeated. Only the outcome is recorded, and what must not be is looked up by answer.
func RunAs[T, A, R any, W Writer](ctx context.Context, s Service[R, W], do func(context.Context, W) (T, error),
	answer func(context.Context, W, T) (A, error), options ...Option,
) (A, error) {
	var answered, none A
	caller, err := auth.From(ctx)
	if err != nil {
		return none, err
	}
	set := settings{validateOnly: OnlyValidates(ctx)}
	for _, option := range options {
		option(&set)
	}
	err = write(ctx, s, caller, set, func(ctx context.Context, w W) error {
		outcome, err := once(ctx, w, set, do)
		if err != nil {
			return err
		}
		if answered, err = answer(ctx, w, outcome); err == nil && set.validateOnly {
			return errValidated
		}
		return err
	})
	if err != nil && !errors.Is(err, errValidated) {
		return none, err
	}
	return answered, nil
}

func write[R any, W Writer](ctx context.Context, s Service[R, W], caller auth.Principal, set settings, do func(context.Context, W) error) (err error) {
	now := func() time.Time { return s.Clock.Now().UTC().Truncate(time.Microsecond) }
	if !set.guarded {
		return s.Store.Write(ctx, caller, now(), do)
	}
	for range guardedAttempts {
		if err = s.Store.WriteGuarded(ctx, caller, now(), do); !errors.Is(err, ErrStale) {
			return err
		}
	}
	return err
}
