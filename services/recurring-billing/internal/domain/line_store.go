package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// TypeLine is the type of a recurring line, as the change feed names it.
const TypeLine = "RecurringLine"

// LineStore keeps the recurring lines of all tenants.
type LineStore = BaseStore[LineReader, LineWriter]

// LineCatalogue is what lines name. Reading what does not exist is ErrNotFound.
type LineCatalogue interface {
	Item(ctx context.Context, code ItemCode) (Item, error)
	BillTo(ctx context.Context, id BillToID) (BillTo, error)
	// BillToOf is the bill-to of a customer that has the lowest number.
	BillToOf(ctx context.Context, customer CustomerID) (BillTo, error)
	MasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error)
}

// LineReader reads the recurring lines of one tenant. Reading one that does not exist is ErrNotFound. Lists hold up to limit
// lines whose number is greater than after, in the order of the numbers.
type LineReader interface {
	LineCatalogue
	Line(ctx context.Context, id LineID) (Line, error)
	// LinesWhere lists those that pass a filter.
	LinesWhere(ctx context.Context, filter LineFilter, after LineID, limit int) ([]Line, error)
	LinesOfCustomer(ctx context.Context, customer CustomerID, after LineID, limit int) ([]Line, error)
	// Charged is what invoices in a currency charge a line for some days.
	Charged(ctx context.Context, line LineID, days billing.Span, currency Currency) (Charged, error)
	// CreditCarrier is the invoice that carries the credit of a line; given is false for a line that has none here.
	CreditCarrier(ctx context.Context, line LineID) (carrier Bill, given bool, err error)
}

// CreditWriter keeps credits for an invoice.
type CreditWriter interface {
	LineCatalogue
	// CreateCredit keeps the credit of a line, which has none yet, until an invoice carries it. It tells the feed nothing: the
	// line's own entry does.
	CreateCredit(ctx context.Context, credit Credit) error
}

// LineCreator creates lines.
type LineCreator interface {
	CreditWriter
	// CreateLine gives a line whose number is 0 the number after the highest one, and keeps any other, which is ErrTaken if it
	// is in use. It adds one entry to the change feed and sets the line's Revision.
	CreateLine(ctx context.Context, line *Line) error
}

// LineWriter reads and writes the recurring lines of one tenant; it sees what it wrote.
type LineWriter interface {
	LineReader
	LineCreator
	// The Recorder keeps the outcomes of requests that carry an idempotency key.
	idempotency.Recorder
	// UpdateLine replaces the line of this number, which must still be at the version that its Revision tells: otherwise it is
	// ErrStale. It keeps the rates that the store has: they change by PutRate and DeleteRate, which tell the feed nothing, so
	// that an UpdateLine goes with each.
	UpdateLine(ctx context.Context, line *Line) error
	// PutRate adds a rate to a line, or replaces the one of its date. DeleteRate removes the one of a date.
	PutRate(ctx context.Context, line LineID, rate Rate) error
	DeleteRate(ctx context.Context, line LineID, effective date.Date) error
	// DeleteCredit removes the credit of a line: ErrNotFound if there is none that no invoice carries. It tells the feed
	// nothing: the line's own entry does.
	DeleteCredit(ctx context.Context, line LineID) error
}
