package recurrence

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the recurrences of one tenant, and what they name. What does not exist is mutation.ErrNotFound. A list is
// what a query asks for, in its order; its fields are those of the lists of the native API, and the ids `customer`,
// `recurrence` and `version`.
type Reader interface {
	// Customer is one customer.
	Customer(ctx context.Context, id customer.ID) (customer.Customer, error)
	// Package is one package.
	Package(ctx context.Context, id catalogue.PackageID) (catalogue.Package, error)
	// Recurrence is one recurrence, Recurrences a list of them, of all customers.
	Recurrence(ctx context.Context, key Key) (Recurrence, error)
	Recurrences(ctx context.Context, query listing.Query) ([]Recurrence, error)
	// Change is the change that made a version of a recurrence, Changes a list of changes, of all recurrences.
	Change(ctx context.Context, key ChangeKey) (Change, error)
	Changes(ctx context.Context, query listing.Query) ([]Change, error)
}

// Writer reads and writes the recurrences of one tenant, and adds one entry to the change feed for each resource that it
// writes.
type Writer interface {
	Reader
	mutation.Writer
	// CreateRecurrence adds a recurrence, as it is, of a customer that exists; mutation.ErrTaken where the customer has one of
	// that id.
	CreateRecurrence(ctx context.Context, recurrence Recurrence) error
	// UpdateRecurrence replaces a recurrence and raises its version; mutation.ErrStale where the version it has is not the
	// present one.
	UpdateRecurrence(ctx context.Context, recurrence *Recurrence) error
	// CreateChange adds a change of a recurrence that exists; mutation.ErrTaken where that version has one.
	CreateChange(ctx context.Context, change Change) error
}
