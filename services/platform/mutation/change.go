package mutation

import (
	"context"
	"reflect"
)

// Create runs a mutation that creates a resource, and returns the resource as do leaves it, with
// its number, times and defaults. Each attempt gets its own copy of the resource.
func Create[T, R any, W Writer](ctx context.Context, s Service[R, W], resource T, do func(context.Context, W, *T) error, options ...Option) (T, error) {
	return Run(ctx, s, func(ctx context.Context, w W) (T, error) {
		created := clone(&resource)
		err := do(ctx, w, &created)
		return created, err
	}, options...)
}

// Versioned is a resource with an etag.
type Versioned interface{ Etag() string }

// Resource says how to find and store resources of one kind. Find and Keep are method expressions
// of W, such as Writer.Item and Writer.UpdateItem.
type Resource[K any, T Versioned, W any] struct {
	// What names the kind in error messages: "item".
	What string
	// Find reads the resource with a key. It returns ErrNotFound if there is none.
	Find func(w W, ctx context.Context, key K) (T, error)
	// Keep replaces the resource, increments its version and appends to the change feed. It returns
	// ErrStale if the stored version differs from the one that was read.
	Keep func(w W, ctx context.Context, resource *T) error
}

// Change applies revise to a resource, stores the result and returns it. A non-empty etag must
// match the current one. If revise changes nothing, nothing is stored: the version stays the same
// and the change feed gets no entry.
//
// revise must replace slices, maps and pointers of the resource rather than write into them,
// because the result is compared with the original. A resource that needs to be written into has a
// method Clone() T that copies it.
func Change[K, R any, T Versioned, W Writer](ctx context.Context, s Service[R, W], of Resource[K, T, W], key K, etag string,
	revise func(context.Context, W, *T) error, options ...Option,
) (T, error) {
	return Run(ctx, s, func(ctx context.Context, w W) (T, error) {
		revised, _, err := Revise(ctx, w, of, key, etag, revise)
		return revised, err
	}, append(options, On(of.What, key))...)
}

// Revise does what Change does as a part of a larger mutation. changed reports whether the resource
// changed.
func Revise[K any, T Versioned, W any](ctx context.Context, w W, of Resource[K, T, W], key K, etag string,
	revise func(context.Context, W, *T) error,
) (revised T, changed bool, err error) {
	var none T
	present, err := of.Find(w, ctx, key)
	if err != nil {
		return none, false, Explain(err, of.What, key)
	}
	if etag != "" { // the interface would copy it
		if err := CheckEtag(of.What, key, present, etag); err != nil {
			return none, false, err
		}
	}
	revised = clone(&present)
	if err := revise(ctx, w, &revised); err != nil {
		return none, false, err
	}
	if reflect.DeepEqual(&revised, &present) { // pointers, as interfaces of large values copy them
		return present, false, nil
	}
	if err := of.Keep(w, ctx, &revised); err != nil {
		return none, false, Explain(err, of.What, key)
	}
	return revised, true, nil
}

func clone[T any](resource *T) T {
	if own, ok := any(resource).(interface{ Clone() T }); ok {
		return own.Clone()
	}
	return *resource
}
