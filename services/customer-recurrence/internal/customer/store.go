package customer

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the customers of one tenant.
type Reader interface {
	// Customer is one customer; mutation.ErrNotFound where there is none.
	Customer(ctx context.Context, id ID) (Customer, error)
	// Customers is the customers that a query asks for, in its order. Its fields are those of ListCustomers.
	Customers(ctx context.Context, query listing.Query) ([]Customer, error)
}

// Writer reads and writes the customers of one tenant, and adds one entry to the change feed for each that it writes.
type Writer interface {
	Reader
	mutation.Writer
	// CreateCustomer adds a customer as it is; mutation.ErrTaken where its id or GUID is taken.
	CreateCustomer(ctx context.Context, customer Customer) error
}
