package mutation

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

type snapshotKey struct{}

// opening is what Snapshot runs on the snapshot of the first Read.
type opening func(context.Context) error

// opened is the reader of the snapshot that the context belongs to.
type opened struct{ reader any }

// Snapshot runs do in one read transaction: all reads with its context see the same state. read is any of these reads, by Read;
// Snapshot calls it to open the transaction, and nothing is read then. do may run more than once.
func Snapshot(ctx context.Context, read, do func(context.Context) error) error {
	ran := false
	err := read(context.WithValue(ctx, snapshotKey{}, opening(func(ctx context.Context) error {
		ran = true
		return do(ctx)
	})))
	if err == nil && !ran {
		return errors.New("a snapshot was to be opened by a read that is not made by mutation.Read")
	}
	return err
}

// onSnapshot runs do with a reader of the caller's tenant: that of the snapshot of ctx, or else one of its own. If ctx is to open a
// snapshot, what it is opened for runs instead of do.
func onSnapshot[R any, W Writer](ctx context.Context, s Service[R, W], do func(context.Context, R) error) error {
	if within, ok := ctx.Value(snapshotKey{}).(opened); ok {
		if r, ok := within.reader.(R); ok {
			return do(ctx, r)
		}
		return errors.New("a snapshot was opened by a reader that cannot make this read")
	}
	caller, err := auth.From(ctx)
	if err != nil {
		return err
	}
	return s.Store.Read(ctx, caller.Tenant, func(ctx context.Context, r R) error {
		if open, ok := ctx.Value(snapshotKey{}).(opening); ok {
			return open(context.WithValue(ctx, snapshotKey{}, opened{r}))
		}
		return do(ctx, r)
	})
}
