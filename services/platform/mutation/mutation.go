// Package mutation runs what a domain does with its store: reads on one snapshot, and mutations in one transaction, for
// the caller that the context carries and at one instant. It is the only place that knows what validate_only, an
// idempotency key, an etag and "nothing changed" mean. Use it in every domain; what a store needs to fit stands in package
// store.
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

// Store keeps the resources of all tenants, of which none sees another's. R reads and W also writes those of one tenant.
// What do returns as an error undoes everything and is returned. do may run more than once, so it has no effect but
// through what it is given.
type Store[R, W any] interface {
	// Read runs do on one consistent snapshot of the tenant's resources.
	Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, R) error) error
	// Write runs do in one serialisable transaction: all that it writes is kept, durably, or nothing is. at dates it.
	Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error
	// WriteGuarded is Write in a transaction that sees what others commit meanwhile: do guards itself by versions, by
	// unique keys and by the rows it waits for, and returns ErrStale where it lost against another.
	WriteGuarded(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error
}

// Writer is what a mutation asks of every domain's Writer, which embeds it.
type Writer interface {
	Recorder
	// Caller is who makes the mutation.
	Caller() auth.Principal
	// Now is the instant of the mutation, to the microsecond in UTC: the same for all that it writes.
	Now() time.Time
}

// Service is a store and the clock that dates its mutations. Domain services embed it.
type Service[R any, W Writer] struct {
	Store Store[R, W]
	Clock clock.Clock
}
