package recurrence

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the recurrences of one tenant and the resources that they refer to. If a resource
// does not exist, the error is mutation.ErrNotFound. Lists return what matches a query, in its
// order. The query's fields are those of the native API's lists, and the ids `customer`,
// `recurrence` and `version`.
type Reader interface {
	settings.Reader
	Lister
	// Customer returns one customer.
	Customer(ctx context.Context, id customer.ID) (customer.Customer, error)
	// Package returns one package.
	Package(ctx context.Context, id catalogue.PackageID) (catalogue.Package, error)
	// Service returns one service of the catalogue.
	Service(ctx context.Context, id catalogue.ServiceID) (catalogue.Sold, error)
	// Recurrence returns one recurrence.
	Recurrence(ctx context.Context, key Key) (Recurrence, error)
	// Change returns the change that made a version of a recurrence; Changes lists those of all
	// recurrences.
	Change(ctx context.Context, key ChangeKey) (Change, error)
	Changes(ctx context.Context, query listing.Query) ([]Change, error)
	// ScheduledChange returns one scheduled change; ScheduledChanges lists those of all recurrences.
	ScheduledChange(ctx context.Context, key ScheduledKey) (ScheduledChange, error)
	ScheduledChanges(ctx context.Context, query listing.Query) ([]ScheduledChange, error)
}

// Writer reads and writes the recurrences of one tenant. Every write adds an entry to the change
// feed.
type Writer interface {
	Reader
	mutation.Writer
	// CreateRecurrence adds a recurrence, as it is, to an existing customer, or returns
	// mutation.ErrTaken if the customer has one with that id.
	CreateRecurrence(ctx context.Context, recurrence Recurrence) error
	// UpdateRecurrence replaces a recurrence and raises its version, or returns mutation.ErrStale
	// if its version is not the present one.
	UpdateRecurrence(ctx context.Context, recurrence *Recurrence) error
	// DeleteRecurrence removes a recurrence without changes, or returns mutation.ErrStale if its
	// version is not the present one.
	DeleteRecurrence(ctx context.Context, recurrence Recurrence) error
	// CreateChange adds a change to an existing recurrence, or returns mutation.ErrTaken if that
	// version has one.
	CreateChange(ctx context.Context, change Change) error
	// CreateScheduledChange adds a scheduled change to an existing recurrence, or returns
	// mutation.ErrTaken if the id exists, or if it is SCHEDULED and the recurrence has one that is.
	CreateScheduledChange(ctx context.Context, change ScheduledChange) error
	// UpdateScheduledChange replaces a scheduled change and raises its version, or returns
	// mutation.ErrStale if its version is not the present one.
	UpdateScheduledChange(ctx context.Context, change *ScheduledChange) error
	// ScheduledChangesOf counts the scheduled changes of a recurrence, in whatever state.
	ScheduledChangesOf(ctx context.Context, key Key) (int64, error)
	// UsageTotalsOf counts the months and services in which a recurrence consumed something.
	UsageTotalsOf(ctx context.Context, key Key) (int64, error)
}
