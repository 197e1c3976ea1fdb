package mutation

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Deleted is the outcome of Delete.
type Deleted struct{}

// Delete removes a resource. A non-empty etag must match the current one. remove checks that nothing
// refers to the resource, removes it and appends to the change feed; it returns a fault.InUse fault
// if something does. Faults: NotFound, Conflict, and those of remove.
func Delete[K, R any, T Versioned, W Writer](ctx context.Context, s Service[R, W], of Resource[K, T, W], key K, etag string,
	remove func(context.Context, W, T) error, options ...Option,
) error {
	_, err := Run(ctx, s, func(ctx context.Context, w W) (Deleted, error) {
		present, err := of.Find(w, ctx, key)
		if err != nil {
			return Deleted{}, Explain(err, of.What, key)
		}
		if err := CheckEtag(of.What, key, present, etag); err != nil {
			return Deleted{}, err
		}
		return Deleted{}, Explain(remove(ctx, w, present), of.What, key)
	}, options...)
	return err
}

// Unused returns an InUse fault if count references of a kind exist. referrers names the kind in the
// plural: "recurrences".
func Unused(what string, key any, referrers string, count int64, err error) error {
	if err != nil {
		return err
	}
	if count > 0 {
		return fault.InUse(what, key, referrers, count)
	}
	return nil
}
