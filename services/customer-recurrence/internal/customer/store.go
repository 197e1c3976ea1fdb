package customer

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Lister lists customers.
type Lister interface {
	// Customers returns the customers that match a query, in its order. The query's fields are
	// those of ListCustomers.
	Customers(ctx context.Context, query listing.Query) ([]Customer, error)
	// CountCustomers counts those that match a condition on the same fields.
	CountCustomers(ctx context.Context, where listing.Condition) (int64, error)
}

// Reader reads the customers of one tenant.
type Reader interface {
	settings.Reader
	Lister
	// Customer returns one customer, or mutation.ErrNotFound.
	Customer(ctx context.Context, id ID) (Customer, error)
}

// Writer reads and writes the customers of one tenant. Every write adds an entry to the change
// feed.
type Writer interface {
	Reader
	mutation.Writer
	// CreateCustomer adds a customer as it is, or returns mutation.ErrTaken if the id or GUID
	// exists.
	CreateCustomer(ctx context.Context, customer Customer) error
	// UpdateCustomer replaces a customer and raises its version, or returns mutation.ErrStale if its
	// version is not the present one.
	UpdateCustomer(ctx context.Context, customer *Customer) error
	// DeleteCustomer removes a customer, or returns mutation.ErrStale if its version is not the
	// present one.
	DeleteCustomer(ctx context.Context, customer Customer) error
	// RecurrencesOfCustomer counts the recurrences of a customer.
	RecurrencesOfCustomer(ctx context.Context, id ID) (int64, error)
	// DuplicatesOfCustomer counts the customers that were merged into a customer.
	DuplicatesOfCustomer(ctx context.Context, id ID) (int64, error)
}
