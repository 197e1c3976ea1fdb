package charge

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Type is the resource type as the change feed names it.
const Type = "Charge"

// Store stores the charges of all tenants.
type Store = mutation.Store[Reader, Writer]

// Catalogue reads what charges refer to. It returns ErrNotFound for a resource that does not exist.
type Catalogue interface {
	catalogue.BillToReader
	// FindItem finds a code in any spelling.
	FindItem(ctx context.Context, code catalogue.ItemCode) (catalogue.Item, error)
}

// Reader reads the charges of one tenant. It returns ErrNotFound for one that does not exist.
type Reader interface {
	Catalogue
	Charge(ctx context.Context, id ID) (Charge, error)
	// Charges returns the charges that match a query on the fields of the native API's list.
	Charges(ctx context.Context, query listing.Query) ([]Charge, error)
}

// Creator creates charges.
type Creator interface {
	Catalogue
	// CreateCharge creates a charge. One with number 0 gets the next number after the highest. Any
	// other number is kept; ErrTaken is returned if it is in use.
	CreateCharge(ctx context.Context, charge *Charge) error
}

// Writer reads and writes the charges of one tenant. It sees its own writes. Each write adds an
// entry to the change feed and sets the charge's Revision.
type Writer interface {
	Reader
	Creator
	mutation.Writer
	// UpdateCharge replaces a charge, and DeleteCharge removes it. They return ErrStale if the stored
	// version is not the one in the Revision.
	UpdateCharge(ctx context.Context, charge *Charge) error
	DeleteCharge(ctx context.Context, charge Charge) error
}
