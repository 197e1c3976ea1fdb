package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the packages of one tenant.
type Reader interface {
	// Package returns one package, or mutation.ErrNotFound.
	Package(ctx context.Context, id PackageID) (Package, error)
	// Packages returns the packages that match a query, in its order. The query's fields are those
	// of ListPackages.
	Packages(ctx context.Context, query listing.Query) ([]Package, error)
	// Service returns one service, or mutation.ErrNotFound.
	Service(ctx context.Context, id ServiceID) (Sold, error)
	// Services returns the services that match a query, in its order. The query's fields are those
	// of ListServices.
	Services(ctx context.Context, query listing.Query) ([]Sold, error)
}

// Writer reads and writes the packages of one tenant. Every write adds an entry to the change feed.
type Writer interface {
	Reader
	References
	mutation.Writer
	// CreatePackage adds a package as it is, or returns mutation.ErrTaken if the id exists.
	CreatePackage(ctx context.Context, pack Package) error
	// UpdatePackage replaces a package and raises its version, or returns mutation.ErrStale if its
	// version is not the present one.
	UpdatePackage(ctx context.Context, pack *Package) error
	// DeletePackage removes a package, or returns mutation.ErrStale if its version is not the present
	// one.
	DeletePackage(ctx context.Context, pack Package) error
	// CreateService adds a service as it is, or returns mutation.ErrTaken if the id exists.
	CreateService(ctx context.Context, sold Sold) error
	// UpdateService replaces a service and raises its version, or returns mutation.ErrStale if its
	// version is not the present one.
	UpdateService(ctx context.Context, sold *Sold) error
	// DeleteService removes a service, or returns mutation.ErrStale if its version is not the present
	// one.
	DeleteService(ctx context.Context, sold Sold) error
}
