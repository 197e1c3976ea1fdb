package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// CreatePackage adds a package; an id that is empty is made. Recurrences that name it already stay as they are. Faults:
// Invalid, AlreadyExists.
func (s *Service) CreatePackage(ctx context.Context, pack Package, options ...mutation.Option) (Package, error) {
	pack, err := pack.prepared()
	if err != nil {
		return Package{}, err
	}
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Package, error) {
		return createPackage(ctx, w, pack)
	}, options...)
}

// prepared is a package to create, with what was left open filled in; or an Invalid fault of all that is wrong.
func (p Package) prepared() (Package, error) {
	if p.ID == "" {
		p.ID = PackageID(id.New())
	}
	v := (&fault.Violations{}).In("package")
	p.check(v)
	p.Version = 1
	return p, v.Err()
}

func createPackage(ctx context.Context, w Writer, pack Package) (Package, error) {
	pack.CreateTime, pack.UpdateTime = w.Now(), w.Now()
	return pack, mutation.Explain(w.CreatePackage(ctx, pack), "package", pack.ID)
}

// Package is one package. Faults: NotFound.
func (s *Service) Package(ctx context.Context, id PackageID) (Package, error) {
	return mutation.Get(ctx, s.Service, "package", Reader.Package, id)
}

// Packages is the packages that a query asks for.
func (s *Service) Packages(ctx context.Context, query listing.Query) ([]Package, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Package, error) { return r.Packages(ctx, query) })
}
