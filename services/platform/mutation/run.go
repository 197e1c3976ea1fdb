package mutation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

// Read runs do on a snapshot of the caller's tenant and returns its result. With a context of Snapshot, that is its snapshot.
func Read[T, R any, W Writer](ctx context.Context, s Service[R, W], do func(context.Context, R) (T, error)) (T, error) {
	var result, none T
	if err := onSnapshot(ctx, s, func(ctx context.Context, r R) (err error) {
		result, err = do(ctx, r)
		return err
	}); err != nil {
		return none, err
	}
	return result, nil
}

// Get returns the resource with a key. find is a method expression of R, such as Reader.Item. what
// names the kind of resource in error messages: "item".
func Get[T, K, R any, W Writer](ctx context.Context, s Service[R, W], what string, find func(R, context.Context, K) (T, error), key K) (T, error) {
	var found, none T
	caller, err := auth.From(ctx)
	if err != nil {
		return none, err
	}
	if err := s.Store.Find(ctx, caller.Tenant, what, func(ctx context.Context, r R) (err error) {
		found, err = find(r, ctx, key)
		return err
	}); err != nil {
		return none, Explain(err, what, key)
	}
	return found, nil
}

// Option configures a mutation.
type Option func(*settings)

type settings struct {
	validateOnly, guarded, unrecorded bool
	ahead                             []func(ctx context.Context, writer any)
	on                                func() string
}

type validateKey struct{}

// ValidateOnly returns a context for a request with validate_only. The mutation runs and is rolled
// back, so that no row, change feed entry, assigned number or idempotency record remains.
// Idempotency keys are ignored: the result reflects the current state of the store, and the key
// stays free for the actual request.
func ValidateOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, validateKey{}, true)
}

// OnlyValidates reports whether the mutation of ctx will be rolled back. Secrets must then not be
// returned, since none is stored.
func OnlyValidates(ctx context.Context) bool { return ctx.Value(validateKey{}) != nil }

type longKey struct{}

// Long returns a context for a mutation that writes many rows, such as a batch of an import. Short ones do not wait for
// it to be committed together with them.
func Long(ctx context.Context) context.Context { return context.WithValue(ctx, longKey{}, true) }

// IsLong reports whether the mutation of ctx writes many rows.
func IsLong(ctx context.Context) bool { return ctx.Value(longKey{}) != nil }

// Guarded runs the mutation with Store.WriteGuarded and repeats it on ErrStale. Use it to change
// resources that thousands of concurrent mutations change, such as the batches of a cycle run.
func Guarded() Option { return func(s *settings) { s.guarded = true } }

// Unrecorded ignores the idempotency key. Use it for mutations that are idempotent by themselves,
// and for those whose result contains a secret that can be shown only once.
func Unrecorded() Option { return func(s *settings) { s.unrecorded = true } }

type onKey struct{}

// On names the resource that the mutation is about, as in error messages. Mutations of one resource would collide in some
// stores, which lets them wait for one another instead. It is never needed for the outcome.
func On(what string, key any) Option {
	return func(s *settings) { s.on = func() string { return fmt.Sprint(what, " ", key) } }
}

// About returns the name of the resource that the mutation of ctx is about, which it formats at each call; ok reports whether it has one.
func About(ctx context.Context) (name string, ok bool) {
	on, ok := ctx.Value(onKey{}).(func() string)
	if !ok {
		return "", false
	}
	return on(), true
}

// guardedAttempts is how often a guarded mutation is tried.
const guardedAttempts = 10

// errValidated rolls back a successful mutation that was only to be validated.
var errValidated = errors.New("validated only")

// Run runs a mutation in one transaction and returns its outcome. A request with an idempotency key
// runs once: repeating it returns the recorded outcome and changes nothing. The outcome is recorded
// as JSON, so T must survive that and must not contain a secret; see RunAs.
func Run[T, R any, W Writer](ctx context.Context, s Service[R, W], do func(context.Context, W) (T, error), options ...Option) (T, error) {
	return RunAs(ctx, s, do, func(_ context.Context, _ W, outcome T) (T, error) { return outcome, nil }, options...)
}

// RunAs is like Run for a mutation whose result is derived from its outcome. Only the outcome is
// recorded. respond runs in the same transaction, also when the request is repeated, and looks up
// what must not be recorded.
func RunAs[T, A, R any, W Writer](ctx context.Context, s Service[R, W], do func(context.Context, W) (T, error),
	respond func(context.Context, W, T) (A, error), options ...Option,
) (A, error) {
	var response, none A
	caller, err := auth.From(ctx)
	if err != nil {
		return none, err
	}
	set := settings{validateOnly: OnlyValidates(ctx)}
	for _, option := range options {
		option(&set)
	}
	if set.on != nil {
		ctx = context.WithValue(ctx, onKey{}, set.on)
	}
	premise := premiseOf(ctx)
	err = write(ctx, s, caller, set, func(ctx context.Context, w W) error {
		for _, announce := range set.ahead {
			announce(ctx, w)
		}
		if err := premise.find(ctx, w); err != nil {
			return err
		}
		outcome, err := once(ctx, w, set, do)
		if err != nil {
			return err
		}
		if response, err = respond(ctx, w, outcome); err == nil && set.validateOnly {
			return errValidated
		}
		return err
	})
	premise.decided()
	if err != nil && !errors.Is(err, errValidated) {
		return none, err
	}
	return response, nil
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
