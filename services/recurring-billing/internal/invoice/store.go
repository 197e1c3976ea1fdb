package invoice

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Types of resources, as the change feed names them.
const (
	Type           = "Invoice"
	TypeCreditNote = "CreditNote"
	TypeProfile    = "BillingProfile"
)

// Store keeps the invoices and credit notes of all tenants.
type Store = mutation.Store[Reader, Writer]

// BilledReader reads what lines were billed for and credited. Methods that take lines answer in the order of their numbers.
type BilledReader interface {
	// PeriodsOf is the parts of periods of lines that invoices hold as billed and that have some of the days, those of a line
	// in order.
	PeriodsOf(ctx context.Context, lines []line.ID, days billing.Span) ([]BilledPeriod, error)
	// InvoicesOf is the invoices of many ids, with their items, in no order. What is not there is left out.
	InvoicesOf(ctx context.Context, ids []ID) ([]Invoice, error)
	// GivenCredits is the credits of lines, whether an invoice carries them or not.
	GivenCredits(ctx context.Context, lines []line.ID) ([]GivenCredit, error)
}

// RemainderReader reads what is left of an invoice.
type RemainderReader interface {
	BilledReader
	// CreditNotes is the credit notes that a query asks for, by the fields of the list of the native API.
	CreditNotes(ctx context.Context, query listing.Query) ([]CreditNote, error)
}

// HeldReader reads what invoices hold.
type HeldReader interface {
	// HeldLines is what invoices hold of lines that they bill, in the order of the lines' numbers.
	HeldLines(ctx context.Context, invoices []ID, lines []line.ID) ([]HeldLine, error)
}

// Reader reads the invoices and credit notes of one tenant. Reading what does not exist is ErrNotFound.
type Reader interface {
	RemainderReader
	HeldReader
	// Invoice is an invoice with its items.
	Invoice(ctx context.Context, id ID) (Invoice, error)
	// Invoices is the invoices that a query asks for, drafts among them, by the fields of the list of the native API. They are
	// without their items.
	Invoices(ctx context.Context, query listing.Query) ([]Invoice, error)
	CreditNote(ctx context.Context, id CreditNoteID) (CreditNote, error)
	// Line is a line that an invoice bills.
	Line(ctx context.Context, id line.ID) (line.Line, error)
	// BilledPeriods is the parts of periods of lines that an invoice holds as billed, those of a line in order.
	BilledPeriods(ctx context.Context, invoice ID, lines []line.ID) ([]BilledPeriod, error)
	// BilledBefore is the first day of the last part that a line was billed for before a day, none where there is none.
	BilledBefore(ctx context.Context, l line.ID, day date.Date) (date.Date, error)
	// Today is the date at an instant in the zone of the tenant's billing schedule.
	Today(ctx context.Context, at time.Time) (date.Date, error)
}

// DiscardWriter discards drafts.
type DiscardWriter interface {
	// ReturnLines moves lines back; ErrStale where one has changed since it was read. It tells the feed nothing.
	ReturnLines(ctx context.Context, lines []ReturnedLine) error
	// DeleteDrafts deletes drafts with their items, forgets that they bill periods of some lines and carry credits of others,
	// and tells the feed of each draft; ErrStale where one is a draft no more.
	DeleteDrafts(ctx context.Context, drafts []Invoice, billed, credited []line.ID) error
}

// VoidWriter voids invoices.
type VoidWriter interface {
	// UpdateInvoice replaces what can change of an invoice that is still at the version that its Revision tells: otherwise it
	// is ErrStale.
	UpdateInvoice(ctx context.Context, invoice *Invoice) error
	// ReleasePeriods forgets that an invoice bills periods of lines, ReleaseCredits that it carries credits of lines. They
	// tell the feed nothing: the entries of the invoice and the lines do.
	ReleasePeriods(ctx context.Context, invoice ID, lines []line.ID) error
	ReleaseCredits(ctx context.Context, invoice ID, lines []line.ID) error
}

// Writer reads and writes the invoices and credit notes of one tenant; it sees what it wrote. What changes an invoice
// or creates a credit note adds its entry to the change feed.
type Writer interface {
	Reader
	DiscardWriter
	VoidWriter
	mutation.Writer
	// FinalizeDrafts gives drafts the next numbers of the series and tells the feed of each; ErrStale if one is no longer at the
	// version that its Revision tells.
	FinalizeDrafts(ctx context.Context, drafts []Invoice) error
	// CountSettled counts a single draft that is finalized or discarded, after waiting for its batch if that is being done.
	CountSettled(ctx context.Context, draft *Invoice, settled DraftCount) error
	// UpdateLine replaces a line that is still at the version that its Revision tells: otherwise it is ErrStale.
	UpdateLine(ctx context.Context, l *line.Line) error
	// CreateCreditNote gives the credit note the next number of its series.
	CreateCreditNote(ctx context.Context, note *CreditNote) error
}
