package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Types of the resources, as the change feed names them.
const (
	TypeItem          = "Item"
	TypeBillTo        = "BillTo"
	TypeMasterAccount = "MasterAccount"
)

// Store keeps the catalogues of all tenants.
type Store = mutation.Store[Reader, Writer]

// BillToReader reads the bill-tos of one tenant.
type BillToReader interface {
	BillTo(ctx context.Context, id BillToID) (BillTo, error)
}

// Reader reads the catalogue of one tenant. Reading what does not exist is ErrNotFound. A list is the
// resources that a query asks for, by the fields of the lists of the native API.
type Reader interface {
	Item(ctx context.Context, code ItemCode) (Item, error)
	Items(ctx context.Context, query listing.Query) ([]Item, error)
	BillToReader
	BillTos(ctx context.Context, query listing.Query) ([]BillTo, error)
	// BillToOf is the bill-to of a customer that has the lowest number.
	BillToOf(ctx context.Context, customer CustomerID) (BillTo, error)
	MasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error)
	MasterAccounts(ctx context.Context, query listing.Query) ([]MasterAccount, error)
	MasterAccountNumbered(ctx context.Context, id MasterAccountID) (MasterAccount, error)
}

// Creator creates what the catalogue holds. A resource whose number is 0 gets the number after the highest one; any
// other is kept, and is ErrTaken if the number or the code is in use.
type Creator interface {
	CreateItem(ctx context.Context, item *Item) error
	// CreateBillTo also keeps that documents issued before know nothing of the bill-to.
	CreateBillTo(ctx context.Context, billTo *BillTo) error
	CreateMasterAccount(ctx context.Context, account *MasterAccount) error
	BillToReader
}

// Writer reads and writes the catalogue of one tenant; it sees what it wrote. Each write adds one entry to the
// change feed and sets the resource's Revision.
//
// An Update method replaces the resource of this number, which must still be
// at the version that its Revision tells: otherwise it is ErrStale.
type Writer interface {
	Reader
	Creator
	mutation.Writer
	UpdateItem(ctx context.Context, item *Item) error
	// UpdateBillTo also keeps what documents that were issued say of the bill-to.
	UpdateBillTo(ctx context.Context, billTo *BillTo) error
	UpdateMasterAccount(ctx context.Context, account *MasterAccount) error
	// MoveLines has the lines that are receivable to a master account billed to another bill-to, the master's own. Each line
	// that changes has its entry in the change feed.
	MoveLines(ctx context.Context, master MasterAccountCode, to BillToID) error
}
