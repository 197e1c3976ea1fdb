package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the resources of one tenant. A single resource that does not exist is mutation.ErrNotFound. A list is the
// resources that a query asks for, in its order. Its fields are those of the lists of the native API, and the ids
// `customer`, `recurrence` and `version`.
type Reader interface {
	// Customer is one customer, Customers a list of them.
	Customer(ctx context.Context, id CustomerID) (Customer, error)
	Customers(ctx context.Context, query listing.Query) ([]Customer, error)
	// Package is one package, Packages a list of them.
	Package(ctx context.Context, id PackageID) (Package, error)
	Packages(ctx context.Context, query listing.Query) ([]Package, error)
	// Recurrence is one recurrence, Recurrences a list of them, of all customers.
	Recurrence(ctx context.Context, key RecurrenceKey) (Recurrence, error)
	Recurrences(ctx context.Context, query listing.Query) ([]Recurrence, error)
	// Change is the change that made a version of a recurrence, Changes a list of changes, of all recurrences.
	Change(ctx context.Context, key ChangeKey) (Change, error)
	Changes(ctx context.Context, query listing.Query) ([]Change, error)
}

// Writer reads and writes the resources of one tenant, and adds one entry to the change feed for each that it writes.
type Writer interface {
	Reader
	mutation.Writer
	// CreateCustomer adds a customer as it is; mutation.ErrTaken where its id or GUID is taken.
	CreateCustomer(ctx context.Context, customer Customer) error
	// CreatePackage adds a package as it is; mutation.ErrTaken where its id is taken.
	CreatePackage(ctx context.Context, pack Package) error
	// CreateRecurrence adds a recurrence, as it is, of a customer that exists; mutation.ErrTaken where the customer has one of
	// that id.
	CreateRecurrence(ctx context.Context, recurrence Recurrence) error
	// UpdateRecurrence replaces a recurrence and raises its version; mutation.ErrStale where the version it has is not the
	// present one.
	UpdateRecurrence(ctx context.Context, recurrence *Recurrence) error
	// CreateChange adds a change of a recurrence that exists; mutation.ErrTaken where that version has one.
	CreateChange(ctx context.Context, change Change) error
}
