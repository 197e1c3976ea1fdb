package resource

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Writer writes the resources of one tenant, of every kind. Each write adds an entry to the change
// feed.
type Writer interface {
	mutation.Writer
	// Create adds a resource as version 1. If its id or another key exists, the error is an
	// AlreadyExists fault.
	Create(ctx context.Context, created Resource) error
	// Update replaces a resource and raises its version. The error is a Conflict fault if the
	// resource was changed since it was read, and an AlreadyExists fault if another one has one of
	// its keys.
	Update(ctx context.Context, updated Resource) error
	// Delete removes a resource. The error is a Conflict fault if it was changed since it was read.
	Delete(ctx context.Context, deleted Resource) error
	// Referrers returns what refers to a resource.
	Referrers(ctx context.Context, to Resource) ([]Referrers, error)
}

// Referrers are the resources of one kind that refer to a resource.
type Referrers struct {
	// What names the kind in the plural, for people: "subscriptions".
	What string
	// Count is how many there are.
	Count int64
	// Example is the number of one of them, for people, or empty.
	Example string
}

// Pointer is a pointer to a resource of type T.
type Pointer[T any] interface {
	*T
	Resource
}

// Kept returns how mutations find and store the resources of a kind. what names the kind in error
// messages, and find reads the resource with an id.
func Kept[ID ~string, T mutation.Versioned, W Writer, P Pointer[T]](what string, find func(W, context.Context, Key) (T, error)) mutation.Resource[ID, T, W] {
	return mutation.Resource[ID, T, W]{
		What: what,
		Find: func(w W, ctx context.Context, id ID) (T, error) { return find(w, ctx, ByID(id)) },
		Keep: func(w W, ctx context.Context, kept *T) error { return w.Update(ctx, P(kept)) },
	}
}
