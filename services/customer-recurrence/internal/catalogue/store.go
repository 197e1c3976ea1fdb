package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the packages of one tenant.
type Reader interface {
	// Package is one package; mutation.ErrNotFound where there is none.
	Package(ctx context.Context, id PackageID) (Package, error)
	// Packages is the packages that a query asks for, in its order. Its fields are those of ListPackages.
	Packages(ctx context.Context, query listing.Query) ([]Package, error)
}

// Writer reads and writes the packages of one tenant, and adds one entry to the change feed for each that it writes.
type Writer interface {
	Reader
	mutation.Writer
	// CreatePackage adds a package as it is; mutation.ErrTaken where its id is taken.
	CreatePackage(ctx context.Context, pack Package) error
}
