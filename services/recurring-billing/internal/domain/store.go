package domain

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

// What a store answers where it cannot do as it was told; test with errors.Is.
var (
	// ErrNotFound says that the tenant has no such resource.
	ErrNotFound = errors.New("no such resource")
	// ErrTaken says that the tenant has a resource with this number or code.
	ErrTaken = errors.New("number or code is taken")
	// ErrStale says that the resource has changed since the version that was to be changed.
	ErrStale = errors.New("the resource has changed meanwhile")
	// ErrNumbersExhausted says that no number above the highest one is left.
	ErrNumbersExhausted = errors.New("no number is left")
)

// Types of resources, as the change feed names them.
const (
	TypeItem          = "Item"
	TypeBillTo        = "BillTo"
	TypeMasterAccount = "MasterAccount"
	TypeLine          = "RecurringLine"
)

// Store keeps the resources of all tenants. No tenant sees another's.
type Store interface {
	// Read runs do on one consistent snapshot of the tenant's resources.
	Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, Reader) error) error
	// Write runs do in one transaction: all that it writes is kept, durably, or nothing is. An error of do undoes
	// everything and is returned. do may run more than once, so it has no effect but through the Writer.
	Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, Writer) error) error
}

// Reader reads the resources of one tenant. Reading one that does not exist is ErrNotFound. Lists hold up to limit
// resources whose number is greater than after, in the order of the numbers.
type Reader interface {
	BulkReader
	BilledReader
	Item(ctx context.Context, code ItemCode) (Item, error)
	Items(ctx context.Context, after ItemID, limit int) ([]Item, error)
	BillTo(ctx context.Context, id BillToID) (BillTo, error)
	BillTos(ctx context.Context, after BillToID, limit int) ([]BillTo, error)
	MasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error)
	MasterAccounts(ctx context.Context, after MasterAccountID, limit int) ([]MasterAccount, error)
	MasterAccountNumbered(ctx context.Context, id MasterAccountID) (MasterAccount, error)
	// BillToOf is the bill-to of a customer that has the lowest number.
	BillToOf(ctx context.Context, customer CustomerID) (BillTo, error)
	// LinesOfCustomer and LinesOfMaster list the lines of a customer, and those receivable to a master account.
	LinesOfCustomer(ctx context.Context, customer CustomerID, after LineID, limit int) ([]Line, error)
	LinesOfMaster(ctx context.Context, master MasterAccountCode, after LineID, limit int) ([]Line, error)
	Line(ctx context.Context, id LineID) (Line, error)
	Lines(ctx context.Context, after LineID, limit int) ([]Line, error)
	// LinesWhere lists those that pass a filter.
	LinesWhere(ctx context.Context, filter LineFilter, after LineID, limit int) ([]Line, error)
}

// Writer reads and writes the resources of one tenant; it sees what it wrote. Each write adds one entry to the change
// feed and sets the resource's Revision.
//
// A Create method gives a resource whose number is 0 the number after the highest one, and keeps any other, which is
// ErrTaken if the number or the code is in use.
type Writer interface {
	Reader
	BulkWriter
	// The Recorder keeps the outcomes of requests that carry an idempotency key.
	idempotency.Recorder
	CreateItem(ctx context.Context, item *Item) error
	// CreateBillTo also keeps that documents issued before know nothing of the bill-to, for NamesAt.
	CreateBillTo(ctx context.Context, billTo *BillTo) error
	CreateMasterAccount(ctx context.Context, account *MasterAccount) error
	CreateLine(ctx context.Context, line *Line) error
	// An Update method replaces the resource of this number, which must still be at the version that its Revision tells:
	// otherwise it is ErrStale. Of a line it keeps the rates that the store has: they change by PutRate and DeleteRate,
	// which tell the feed nothing, so that an UpdateLine goes with each. What documents that were issued say of a bill-to
	// is kept when it changes, for BillToAt.
	UpdateItem(ctx context.Context, item *Item) error
	UpdateBillTo(ctx context.Context, billTo *BillTo) error
	UpdateMasterAccount(ctx context.Context, account *MasterAccount) error
	UpdateLine(ctx context.Context, line *Line) error
	// PutRate adds a rate to a line, or replaces the one of its date. DeleteRate removes the one of a date.
	PutRate(ctx context.Context, line LineID, rate Rate) error
	DeleteRate(ctx context.Context, line LineID, effective date.Date) error
	// CreateCredit keeps the credit of a line, which has none yet, until an invoice carries it. DeleteCredit removes it:
	// ErrNotFound if there is none that no invoice carries. They tell the feed nothing: the line's own entry does.
	CreateCredit(ctx context.Context, credit Credit) error
	DeleteCredit(ctx context.Context, line LineID) error
}
