package resource

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Standard offers the standard operations on the resources of one kind: values of T with ids of type
// ID, read through R and written through W.
type Standard[ID ~string, T mutation.Versioned, R any, W Writer, P Pointer[T]] struct {
	mutation.Service[R, W]
	// Kept finds and stores the resources in mutations.
	Kept mutation.Resource[ID, T, W]
	// Find reads the resource with a key, and Query those that match a query.
	Find  func(R, context.Context, Key) (T, error)
	Query func(R, context.Context, listing.Query) ([]T, error)
	// Prepare sets the defaults of a new or changed resource and checks its rules. present is the
	// resource before the change, or nil if it is new.
	Prepare func(ctx context.Context, w W, given, present *T) error
	// Hide removes secrets from a result, which is recorded for repeated requests. It may be nil.
	Hide func(*T)
}

// Create adds a resource with defaults for what is not set.
func (s Standard[ID, T, R, W, P]) Create(ctx context.Context, given T, options ...mutation.Option) (T, error) {
	return mutation.Create(ctx, s.Service, given, func(ctx context.Context, w W, created *T) error {
		if err := s.Prepare(ctx, w, created, nil); err != nil {
			return err
		}
		err := w.Create(ctx, P(created))
		s.hide(created)
		return err
	}, options...)
}

// Get returns the resource with an id.
func (s Standard[ID, T, R, W, P]) Get(ctx context.Context, id ID) (T, error) {
	return mutation.Get(ctx, s.Service, s.Kept.What, s.Find, ByID(id))
}

// List returns the resources that match a query.
func (s Standard[ID, T, R, W, P]) List(ctx context.Context, query listing.Query) ([]T, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r R) ([]T, error) { return s.Query(r, ctx, query) })
}

// Update applies revise to the resource with an id. A non-empty etag must be the present one.
func (s Standard[ID, T, R, W, P]) Update(ctx context.Context, id ID, etag string, revise func(*T) error, options ...mutation.Option) (T, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w W) (T, error) {
		revised, _, err := mutation.Revise(ctx, w, s.Kept, id, etag, func(ctx context.Context, w W, given *T) error {
			present := *given
			if err := revise(given); err != nil {
				return err
			}
			return s.Prepare(ctx, w, given, &present)
		})
		s.hide(&revised)
		return revised, err
	}, options...)
}

// Delete removes the resource with an id if nothing refers to it; otherwise the error is an IN_USE
// fault. A non-empty etag must be the present one.
func (s Standard[ID, T, R, W, P]) Delete(ctx context.Context, id ID, etag string, options ...mutation.Option) error {
	return mutation.Delete(ctx, s.Service, s.Kept, id, etag, func(ctx context.Context, w W, present T) error {
		return DeleteUnused(ctx, w, s.Kept.What, P(&present))
	}, options...)
}

func (s Standard[ID, T, R, W, P]) hide(result *T) {
	if s.Hide != nil {
		s.Hide(result)
	}
}

// DeleteUnused deletes a resource as a part of a larger mutation. The error is an IN_USE fault if
// something refers to it. what names its kind.
func DeleteUnused(ctx context.Context, w Writer, what string, present Resource) error {
	referrers, err := w.Referrers(ctx, present)
	if err != nil {
		return err
	}
	if err := CheckUnused(what, present.Key(), referrers); err != nil {
		return err
	}
	return w.Delete(ctx, present)
}

// CheckUnused returns an IN_USE fault if something refers to a resource with a key. what names its kind.
func CheckUnused(what, key string, referrers []Referrers) error {
	for _, r := range referrers {
		if r.Count > 0 && r.Example != "" {
			return fault.New(fault.FailedPrecondition, reason.InUse, "%s %s is named by %s (%d; one is %s) and cannot be deleted; cancel them first, or wait until they are done",
				what, key, r.What, r.Count, r.Example)
		}
		if err := mutation.Unused(what, key, r.What, r.Count, nil); err != nil {
			return err
		}
	}
	return nil
}
