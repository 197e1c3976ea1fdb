// Package mutation runs the operations of a domain on its store: reads on one snapshot, and
// mutations in one transaction, for the principal of the context and at one instant. It is the only
// package that implements validate_only, idempotency keys, etags and "nothing changed". Package
// store implements what it needs of a store.
//
// A domain service embeds a Service over its own Reader and Writer and calls Read, Get, Run, Create and Change with it:
//
//	type Service struct{ mutation.Service[Reader, Writer] }
//
//	var items = mutation.Resource[ItemCode, Item, Writer]{What: "item", Find: Writer.Item, Keep: Writer.UpdateItem}
//
//	func (s *Service) Item(ctx context.Context, code ItemCode) (Item, error) {
//		return mutation.Get(ctx, s.Service, "item", Reader.Item, code)
//	}
//
//	func (s *Service) UpdateItem(ctx context.Context, code ItemCode, etag string, revise func(*Item) error, options ...mutation.Option) (Item, error) {
//		return mutation.Change(ctx, s.Service, items, code, etag, func(_ context.Context, _ Writer, item *Item) error {
//			return errors.Join(revise(item), item.check())
//		}, options...)
//	}
package mutation

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
)

// Store holds the resources of all tenants and isolates them from each other. R reads the resources
// of one tenant; W also writes them. An error from do rolls everything back and is returned. do may
// run more than once, so it must have no side effects beyond its reader or writer.
type Store[R, W any] interface {
	// Read runs do on one consistent snapshot of the tenant's resources.
	Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, R) error) error
	// Stream is Read for a do that passes on what it reads while it runs, which Read's must not.
	Stream(ctx context.Context, tenant auth.Tenant, do func(context.Context, R) error) error
	// Find is like Read for a do that reads one resource and has no side effects at all. what names the kind of resource:
	// a store remembers of which kinds it reads a resource with one statement, which needs no transaction.
	Find(ctx context.Context, tenant auth.Tenant, what string, do func(context.Context, R) error) error
	// Write runs do in one serializable transaction, which is durable when Write returns nil. at is
	// the time of all changes.
	Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error
	// WriteGuarded is like Write, but the transaction sees what others commit while it runs. do
	// protects itself with versions, unique keys and row locks, and returns ErrStale if it lost to
	// another transaction.
	WriteGuarded(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error
}

// Writer is embedded in the Writer of every domain; it is what mutations need.
type Writer interface {
	Recorder
	// Caller returns the principal of the mutation.
	Caller() auth.Principal
	// Now returns the time of the mutation in UTC, to the microsecond. It is the same throughout
	// the mutation.
	Now() time.Time
}

// Service combines a store with the clock that dates its mutations. Domain services embed it.
type Service[R any, W Writer] struct {
	Store Store[R, W]
	Clock clock.Clock
}
