package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Resource types as the change feed names them.
const (
	TypeItem          = "Item"
	TypeBillTo        = "BillTo"
	TypeMasterAccount = "MasterAccount"
)

// Store stores the catalogues of all tenants.
type Store = mutation.Store[Reader, Writer]

// BillToReader reads the bill-tos of one tenant.
type BillToReader interface {
	BillTo(ctx context.Context, id BillToID) (BillTo, error)
}

// Reader reads the catalogue of one tenant. It returns ErrNotFound for a resource that does not
// exist. The lists return the resources that match a query on the fields of the native API's lists.
type Reader interface {
	Item(ctx context.Context, code ItemCode) (Item, error)
	// FindItem returns the item with a code in any spelling. If several have it, the one that is
	// spelled so comes first, and otherwise the one with the lowest number.
	FindItem(ctx context.Context, code ItemCode) (Item, error)
	Items(ctx context.Context, query listing.Query) ([]Item, error)
	BillToReader
	BillTos(ctx context.Context, query listing.Query) ([]BillTo, error)
	// BillToOf returns the customer's active bill-to with the lowest number.
	BillToOf(ctx context.Context, customer CustomerID) (BillTo, error)
	MasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error)
	// FindMasterAccount returns the account with a code in any spelling, as FindItem does.
	FindMasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error)
	MasterAccounts(ctx context.Context, query listing.Query) ([]MasterAccount, error)
	MasterAccountNumbered(ctx context.Context, id MasterAccountID) (MasterAccount, error)
}

// Creator creates catalogue resources. A resource with number 0 gets the next number after the
// highest. Any other number is kept; ErrTaken is returned if the number or the code, in any spelling,
// is in use.
type Creator interface {
	CreateItem(ctx context.Context, item *Item) error
	// CreateBillTo also records that documents issued earlier do not know the bill-to.
	CreateBillTo(ctx context.Context, billTo *BillTo) error
	CreateMasterAccount(ctx context.Context, account *MasterAccount) error
	BillToReader
}

// BillToUses counts what refers to a bill-to.
type BillToUses struct{ Lines, MasterAccounts, Invoices, Charges int64 }

// Writer reads and writes the catalogue of one tenant. It sees its own writes. Each write adds an
// entry to the change feed and sets the resource's Revision.
//
// An Update method replaces the resource with the same number. It returns ErrStale if the stored
// version is not the one in the Revision.
type Writer interface {
	Reader
	Creator
	mutation.Writer
	UpdateItem(ctx context.Context, item *Item) error
	// UpdateBillTo also preserves the bill-to as documents issued earlier show it.
	UpdateBillTo(ctx context.Context, billTo *BillTo) error
	UpdateMasterAccount(ctx context.Context, account *MasterAccount) error
	// A Delete method removes a resource. It returns ErrStale if the stored version is not the one in
	// the Revision.
	DeleteItem(ctx context.Context, item Item) error
	DeleteBillTo(ctx context.Context, billTo BillTo) error
	DeleteMasterAccount(ctx context.Context, account MasterAccount) error
	// LinesOfItem counts the lines that bill an item or roll up into it, LinesOfMasterAccount those
	// that are receivable to an account.
	LinesOfItem(ctx context.Context, code ItemCode) (int64, error)
	// ChargesOfItem counts the one-off charges for an item.
	ChargesOfItem(ctx context.Context, code ItemCode) (int64, error)
	LinesOfMasterAccount(ctx context.Context, code MasterAccountCode) (int64, error)
	UsesOfBillTo(ctx context.Context, id BillToID) (BillToUses, error)
	// MoveLines bills the lines receivable to a master account to another bill-to, the master's
	// own. Each changed line gets an entry in the change feed.
	MoveLines(ctx context.Context, master MasterAccountCode, to BillToID) error
}
