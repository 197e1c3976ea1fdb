package line

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Type is the type of a recurring line, as the change feed names it.
const Type = "RecurringLine"

// Store keeps the recurring lines of all tenants.
type Store = mutation.Store[Reader, Writer]

// Catalogue is what lines name. Reading what does not exist is ErrNotFound.
type Catalogue interface {
	Item(ctx context.Context, code catalogue.ItemCode) (catalogue.Item, error)
	BillTo(ctx context.Context, id catalogue.BillToID) (catalogue.BillTo, error)
	// BillToOf is the bill-to of a customer that has the lowest number.
	BillToOf(ctx context.Context, customer catalogue.CustomerID) (catalogue.BillTo, error)
	MasterAccount(ctx context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error)
}

// Reader reads the recurring lines of one tenant. Reading one that does not exist is ErrNotFound.
type Reader interface {
	Catalogue
	Line(ctx context.Context, id ID) (Line, error)
	// Lines is the lines that a query asks for, by the fields of the list of the native API.
	Lines(ctx context.Context, query listing.Query) ([]Line, error)
	// Charged is what invoices in a currency charge a line for some days.
	Charged(ctx context.Context, line ID, days billing.Span, currency money.Currency) (Charged, error)
	// CreditCarrier is the invoice that carries the credit of a line; given is false for a line that has none here.
	CreditCarrier(ctx context.Context, line ID) (carrier Bill, given bool, err error)
}

// CreditWriter keeps credits for an invoice.
type CreditWriter interface {
	Catalogue
	// CreateCredit keeps the credit of a line, which has none yet, until an invoice carries it. It tells the feed nothing: the
	// line's own entry does.
	CreateCredit(ctx context.Context, credit Credit) error
}

// Creator creates lines.
type Creator interface {
	CreditWriter
	// Create gives a line whose number is 0 the number after the highest one, and keeps any other, which is ErrTaken if it
	// is in use. It adds one entry to the change feed and sets the line's Revision.
	CreateLine(ctx context.Context, line *Line) error
}

// Writer reads and writes the recurring lines of one tenant; it sees what it wrote.
type Writer interface {
	Reader
	Creator
	mutation.Writer
	// UpdateLine replaces the line of this number, which must still be at the version that its Revision tells: otherwise it is
	// ErrStale. It keeps the rates that the store has: they change by PutRate and DeleteRate, which tell the feed nothing, so
	// that an UpdateLine goes with each.
	UpdateLine(ctx context.Context, line *Line) error
	// PutRate adds a rate to a line, or replaces the one of its date. DeleteRate removes the one of a date.
	PutRate(ctx context.Context, line ID, rate Rate) error
	DeleteRate(ctx context.Context, line ID, effective date.Date) error
	// DeleteCredit removes the credit of a line: ErrNotFound if there is none that no invoice carries. It tells the feed
	// nothing: the line's own entry does.
	DeleteCredit(ctx context.Context, line ID) error
}
