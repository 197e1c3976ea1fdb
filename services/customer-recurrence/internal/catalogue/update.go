package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

var packages = mutation.Resource[PackageID, Package, Writer]{
	What: "package", Find: Writer.Package, Keep: Writer.UpdatePackage,
}

// Update applies revise to a package. Its id cannot change. Recurrences that name it stay as they
// are. Faults: Invalid, NotFound, and Conflict if the etag is not the present one.
func (s *Service) Update(ctx context.Context, id PackageID, etag string, revise func(*Package) error, options ...mutation.Option) (Package, error) {
	return mutation.Change(ctx, s.Service, packages, id, etag, func(_ context.Context, _ Writer, pack *Package) error {
		if err := revise(pack); err != nil {
			return err
		}
		v := (&fault.Violations{}).In("package")
		pack.check(v)
		return v.Err()
	}, options...)
}

// Delete removes a package that nothing names. Faults: NotFound, Conflict, and FailedPrecondition if
// something names it.
func (s *Service) Delete(ctx context.Context, id PackageID, etag string, options ...mutation.Option) error {
	return mutation.Delete(ctx, s.Service, packages, id, etag, func(ctx context.Context, w Writer, pack Package) error {
		if err := unusedPackage(ctx, w, id); err != nil {
			return err
		}
		return w.DeletePackage(ctx, pack)
	}, options...)
}
