package line

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Type is the resource type of a recurring line in the change feed.
const Type = "RecurringLine"

// Store stores the recurring lines of all tenants.
type Store = mutation.Store[Reader, Writer]

// Catalogue reads the resources that lines refer to. It returns ErrNotFound for one that does not
// exist.
type Catalogue interface {
	// FindItem and FindMasterAccount find a code in any spelling.
	FindItem(ctx context.Context, code catalogue.ItemCode) (catalogue.Item, error)
	FindMasterAccount(ctx context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error)
	BillTo(ctx context.Context, id catalogue.BillToID) (catalogue.BillTo, error)
	// OwnerOf returns the customer of a bill-to. It costs nothing for the bill-to of a line that was just read.
	OwnerOf(ctx context.Context, id catalogue.BillToID) (catalogue.CustomerID, error)
	// BillToOf returns the customer's active bill-to with the lowest number.
	BillToOf(ctx context.Context, customer catalogue.CustomerID) (catalogue.BillTo, error)
	// BeginsOnFirst reports whether the periods of new lines begin on the first of a month.
	BeginsOnFirst(ctx context.Context) (bool, error)
}

// Reader reads the recurring lines of one tenant. It returns ErrNotFound for one that does not
// exist.
type Reader interface {
	Catalogue
	Charger
	Line(ctx context.Context, id ID) (Line, error)
	// Lines returns the lines that match a query on the fields of the native API's list.
	Lines(ctx context.Context, query listing.Query) ([]Line, error)
	// Proration returns how the tenant's periods are priced.
	Proration(ctx context.Context) (billing.Proration, error)
	// CreditCarrier returns the first invoice that carries a credit of a line's cancellation. given is false if
	// none does here.
	CreditCarrier(ctx context.Context, line ID) (carrier Bill, given bool, err error)
}

// Charger reads what invoices charge lines.
type Charger interface {
	// Charged returns what invoices in a currency charge a line for a span of days.
	Charged(ctx context.Context, line ID, days billing.Span, currency money.Currency) (Charged, error)
}

// CreditWriter stores credits.
type CreditWriter interface {
	Catalogue
	// CreateCredit stores a credit of a line, behind those that the line has. It adds no entry to
	// the change feed; the line's own entry covers it.
	CreateCredit(ctx context.Context, line ID, credit Credit) error
}

// DayReleaser ends that invoices bill days.
type DayReleaser interface {
	// ReleaseDays makes invoices hold days of a line no more.
	ReleaseDays(ctx context.Context, line ID, days billing.Span) error
}

// Creator creates lines.
type Creator interface {
	CreditWriter
	// CancellationsOf returns the cancellations with the given numbers, in any order. Numbers that no cancellation has are left out.
	CancellationsOf(ctx context.Context, numbers []CancellationNumber) ([]Cancelled, error)
	// CreateLine creates a line. A line with number 0 gets the next number after the highest. Any
	// other number is kept; ErrTaken is returned if it is in use. It adds one entry to the change
	// feed and sets the line's Revision.
	CreateLine(ctx context.Context, line *Line) error
}

// Writer reads and writes the recurring lines of one tenant. It sees its own writes.
type Writer interface {
	Reader
	Creator
	mutation.Writer
	DayReleaser
	// UpdateLine replaces the line with the same number, and returns ErrStale if the stored version
	// is not the one in its Revision. It does not write rates.
	UpdateLine(ctx context.Context, line *Line) error
	// ReplaceRates replaces the rates of a line. It adds no entry to the change feed, so it needs an
	// UpdateLine.
	ReplaceRates(ctx context.Context, line ID, rates []Rate) error
	// DeleteCredits removes the credits of a line's cancellation. It returns ErrNotFound if there are none or an
	// invoice carries one. It adds no entry to the change feed; the line's own entry covers it.
	DeleteCredits(ctx context.Context, line ID) error
}
