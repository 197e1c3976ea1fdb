package invoice

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Resource types as the change feed names them.
const (
	Type           = "Invoice"
	TypeCreditNote = "CreditNote"
	TypeProfile    = "BillingProfile"
)

// Store stores the invoices and credit notes of all tenants.
type Store = mutation.Store[Reader, Writer]

// BilledReader reads what lines were billed and credited. Results for several lines are in the
// order of the lines' numbers.
type BilledReader interface {
	// PeriodsOf returns the billed parts of periods that contain any of the days. Those of one line
	// are in order.
	PeriodsOf(ctx context.Context, lines []line.ID, days billing.Span) ([]BilledPeriod, error)
	// InvoicesOf returns the invoices with the given ids and their items, in any order. Ids that do
	// not exist are left out.
	InvoicesOf(ctx context.Context, ids []ID) ([]Invoice, error)
	// GivenCredits returns the credits of lines, whether or not an invoice carries them.
	GivenCredits(ctx context.Context, lines []line.ID) ([]GivenCredit, error)
}

// RemainderReader reads what is left of an invoice.
type RemainderReader interface {
	BilledReader
	// CreditNotes returns the credit notes that match a query on the fields of the native API's
	// list.
	CreditNotes(ctx context.Context, query listing.Query) ([]CreditNote, error)
}

// ReleaseReader reads what invoices hold of single lines.
type ReleaseReader interface {
	// Line returns a line that an invoice bills.
	Line(ctx context.Context, id line.ID) (line.Line, error)
	// BilledPeriods returns the parts of periods of lines that an invoice holds as billed. Those of
	// one line are in order.
	BilledPeriods(ctx context.Context, invoice ID, lines []line.ID) ([]BilledPeriod, error)
	// BilledBefore returns the first day of the last part that a line was billed for before a day,
	// or zero if there is none.
	BilledBefore(ctx context.Context, l line.ID, day date.Date) (date.Date, error)
	// GivenCredits returns the credits of lines, whether or not an invoice carries them.
	GivenCredits(ctx context.Context, lines []line.ID) ([]GivenCredit, error)
}

// HeldReader reads what invoices hold.
type HeldReader interface {
	ReleaseReader
	// HeldLines returns what invoices hold of the lines that they bill, in the order of the lines'
	// numbers.
	HeldLines(ctx context.Context, invoices []ID, lines []line.ID) ([]HeldLine, error)
}

// Reader reads the invoices and credit notes of one tenant. It returns ErrNotFound for one that
// does not exist.
type Reader interface {
	RemainderReader
	HeldReader
	ExplainReader
	// Invoice returns an invoice with its items.
	Invoice(ctx context.Context, id ID) (Invoice, error)
	// Invoices returns the invoices, drafts included, that match a query on the fields of the
	// native API's list. They are without their items.
	Invoices(ctx context.Context, query listing.Query) ([]Invoice, error)
	CreditNote(ctx context.Context, id CreditNoteID) (CreditNote, error)
	// Today returns the date at an instant in the time zone of the tenant's billing schedule.
	Today(ctx context.Context, at time.Time) (date.Date, error)
}

// DiscardWriter discards drafts.
type DiscardWriter interface {
	// ReturnLines moves lines back. It returns ErrStale if one has changed since it was read. It
	// adds no entry to the change feed.
	ReturnLines(ctx context.Context, lines []ReturnedLine) error
	// DeleteDrafts deletes drafts with their items, and releases the periods and credits that they
	// hold of the given lines, and the one-off charges that they bill. It adds an entry to the change feed for each draft, and returns
	// ErrStale if one is no longer a draft.
	DeleteDrafts(ctx context.Context, drafts []Invoice, billed, credited []line.ID) error
}

// VoidWriter voids invoices.
type VoidWriter interface {
	// UpdateInvoice replaces the changeable fields of an invoice. It returns ErrStale if the stored
	// version is not the one in its Revision.
	UpdateInvoice(ctx context.Context, invoice *Invoice) error
	// ReleasePeriods releases the periods of lines that an invoice bills, and ReleaseCredits the
	// credits that it carries. They add no entries to the change feed; the entries of the invoice
	// and the lines cover them.
	ReleasePeriods(ctx context.Context, invoice ID, lines []line.ID) error
	ReleaseCredits(ctx context.Context, invoice ID, lines []line.ID) error
	// ReleaseCharges makes the one-off charges that an invoice bills due again. Each adds an entry to
	// the change feed.
	ReleaseCharges(ctx context.Context, invoice ID, charges []charge.ID) error
}

// Writer reads and writes the invoices and credit notes of one tenant. It sees its own writes. Each
// change of an invoice and each new credit note adds an entry to the change feed.
type Writer interface {
	Reader
	DiscardWriter
	VoidWriter
	line.Charger
	mutation.Writer
	// FinalizeDrafts gives drafts the next numbers and adds an entry to the change feed for each.
	// It returns ErrStale if the stored version of one is not the one in its Revision.
	FinalizeDrafts(ctx context.Context, drafts []Invoice) error
	// CountSettled counts a single draft as finalized or discarded. It waits for the draft's batch
	// if that is being processed.
	CountSettled(ctx context.Context, draft *Invoice, settled DraftCount) error
	// ReplaceRates replaces the rates of a line. It adds no entry to the change feed, so it needs an
	// UpdateLine.
	ReplaceRates(ctx context.Context, l line.ID, rates []line.Rate) error
	// UpdateLine replaces a line. It returns ErrStale if the stored version is not the one in its
	// Revision.
	UpdateLine(ctx context.Context, l *line.Line) error
	// CreateCreditNote gives the credit note the next number and stores it.
	CreateCreditNote(ctx context.Context, note *CreditNote) error
}
