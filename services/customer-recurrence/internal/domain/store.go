package domain

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

// What a store says beside its own troubles. Compare with errors.Is.
var (
	// ErrNotFound is a key that no row of the tenant has.
	ErrNotFound = errors.New("not found")
	// ErrTaken is an id or another unique key that a row of the tenant has already.
	ErrTaken = errors.New("taken")
	// ErrStale is a change of a recurrence whose version in the store is not the one just before.
	ErrStale = errors.New("stale")
)

// The types of resource in the change feed.
const (
	CustomerType   = "Customer"
	PackageType    = "Package"
	RecurrenceType = "Recurrence"
	ChangeType     = "RecurrenceChange"
)

// Store keeps everything of all tenants. Package storetest is its contract as a suite.
type Store interface {
	// Read runs do on one consistent snapshot of a tenant's rows.
	Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, Reader) error) error
	// Write runs do in one transaction on the rows of the caller's tenant: all of it is kept, durably, or nothing where
	// do fails. Every row that is created or changed adds one entry, at time at, to the change feed. do may run more than
	// once and must have no effect but through the Writer.
	Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, Writer) error) error
}

// PageBytes bounds the state in one page of a list, in bytes, so that its message stays below what gRPC carries by default
// (4 MiB). A row that is larger is a page of its own.
const PageBytes = 2 << 20

// Reader sees a tenant's rows. A single row that does not exist is ErrNotFound.
//
// A list is in the order of its keys as the database compares them: that order is total and one for all pages, so that
// rows which come and go between two pages neither hide nor repeat another. (It is byte by byte on SQLite and on a
// PostgreSQL database of collation C.) A page begins after the key given, the zero key being before all, and has at most
// limit rows and PageBytes; more reports that rows follow.
type Reader interface {
	// Customer is one customer, Customers a page of them.
	Customer(ctx context.Context, id CustomerID) (Customer, error)
	Customers(ctx context.Context, after CustomerID, limit int) (page []Customer, more bool, err error)
	// Package is one package, Packages a page of them.
	Package(ctx context.Context, id PackageID) (Package, error)
	Packages(ctx context.Context, after PackageID, limit int) (page []Package, more bool, err error)
	// Recurrence is one recurrence, Recurrences a page of a customer's.
	Recurrence(ctx context.Context, customer CustomerID, id RecurrenceID) (Recurrence, error)
	Recurrences(ctx context.Context, customer CustomerID, after RecurrenceID, limit int) (page []Recurrence, more bool, err error)
	// Change is the change that made a version of a recurrence, Changes a page of them.
	Change(ctx context.Context, customer CustomerID, recurrence RecurrenceID, version Version) (Change, error)
	Changes(ctx context.Context, customer CustomerID, recurrence RecurrenceID, after Version, limit int) (page []Change, more bool, err error)
}

// Writer sees and changes a tenant's rows. It stores what it is given, with version and times as they are. The outcomes
// it records belong to the tenant and are kept or not with the rest of the transaction.
type Writer interface {
	Reader
	idempotency.Recorder
	// CreateCustomer adds a customer; ErrTaken where its id or GUID is taken.
	CreateCustomer(ctx context.Context, customer Customer) error
	// CreatePackage adds a package; ErrTaken where its id is taken.
	CreatePackage(ctx context.Context, pack Package) error
	// CreateRecurrence adds a recurrence of a customer that exists; ErrTaken where the customer has one of that id.
	CreateRecurrence(ctx context.Context, recurrence Recurrence) error
	// UpdateRecurrence replaces the state whose version is one less; ErrStale where there is none.
	UpdateRecurrence(ctx context.Context, recurrence Recurrence) error
	// CreateChange keeps a change of a recurrence that exists; ErrTaken where that version has one.
	CreateChange(ctx context.Context, change Change) error
}
