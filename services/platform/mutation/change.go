package mutation

import (
	"context"
	"reflect"
)

// Create runs a mutation that creates a resource, and answers it as do leaves it: with its number, its times and all that
// the caller left open. do is given a copy of the resource each time it is run.
func Create[T, R any, W Writer](ctx context.Context, s Service[R, W], resource T, do func(context.Context, W, *T) error, options ...Option) (T, error) {
	return Run(ctx, s, func(ctx context.Context, w W) (T, error) {
		created := clone(resource)
		err := do(ctx, w, &created)
		return created, err
	}, options...)
}

// Versioned is a resource that tells its states apart by etags.
type Versioned interface{ Etag() string }

// Resource is how resources of a kind are found by a key and kept once they have changed. Find and Keep are methods of W,
// such as Writer.Item and Writer.UpdateItem.
type Resource[K any, T Versioned, W any] struct {
	// What names the kind in faults: "item".
	What string
	// Find reads the resource of a key, or is ErrNotFound.
	Find func(w W, ctx context.Context, key K) (T, error)
	// Keep replaces the resource, raises its version and tells the change feed. It is ErrStale where the version that was
	// read is no longer the present one.
	Keep func(w W, ctx context.Context, resource *T) error
}

// Change makes of a resource what revise makes of it, and answers it. An etag that is not empty must be the present one.
// Where revise changes nothing, nothing is kept: the version stays, and the change feed tells of nothing.
//
// revise replaces slices, maps and pointers of the resource and does not write into them, since what it leaves is compared
// with what it found: a resource whose parts it must write into has a method Clone() T that copies them.
func Change[K, R any, T Versioned, W Writer](ctx context.Context, s Service[R, W], of Resource[K, T, W], key K, etag string,
	revise func(context.Context, W, *T) error, options ...Option,
) (T, error) {
	return Run(ctx, s, func(ctx context.Context, w W) (T, error) {
		revised, _, err := Revise(ctx, w, of, key, etag, revise)
		return revised, err
	}, options...)
}

// Revise is Change as a part of a mutation; changed reports whether anything did.
func Revise[K any, T Versioned, W any](ctx context.Context, w W, of Resource[K, T, W], key K, etag string,
	revise func(context.Context, W, *T) error,
) (revised T, changed bool, err error) {
	var none T
	present, err := of.Find(w, ctx, key)
	if err != nil {
		return none, false, Explain(err, of.What, key)
	}
	if err := CheckEtag(of.What, key, present, etag); err != nil {
		return none, false, err
	}
	revised = clone(present)
	if err := revise(ctx, w, &revised); err != nil {
		return none, false, err
	}
	if reflect.DeepEqual(revised, present) {
		return present, false, nil
	}
	if err := of.Keep(w, ctx, &revised); err != nil {
		return none, false, Explain(err, of.What, key)
	}
	return revised, true, nil
}

func clone[T any](resource T) T {
	if own, ok := any(resource).(interface{ Clone() T }); ok {
		return own.Clone()
	}
	return resource
}
