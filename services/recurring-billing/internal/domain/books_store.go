package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

// BookStore keeps what is billed and what was billed of all tenants, in one database.
type BookStore = BaseStore[BookReader, BookWriter]

// BookReader reads all that a tenant has, for an export. Lists hold up to limit resources whose number is greater than after,
// in the order of the numbers. What is not there is ErrNotFound where one is asked for.
type BookReader interface {
	SettingsReader
	FormerReader
	Items(ctx context.Context, after ItemID, limit int) ([]Item, error)
	BillTos(ctx context.Context, after BillToID, limit int) ([]BillTo, error)
	MasterAccounts(ctx context.Context, after MasterAccountID, limit int) ([]MasterAccount, error)
	Lines(ctx context.Context, after LineID, limit int) ([]Line, error)
	// EndedRuns lists runs that have ended.
	EndedRuns(ctx context.Context, after RunID, limit int) ([]Run, error)
	// WholeInvoices lists invoices with their items, Invoices those that fit a filter without them.
	WholeInvoices(ctx context.Context, filter InvoiceFilter, after InvoicePlace, limit int) ([]Invoice, error)
	Invoices(ctx context.Context, filter InvoiceFilter, after InvoicePlace, limit int) ([]Invoice, error)
	CreditNotes(ctx context.Context, filter CreditNoteFilter, after CreditNoteID, limit int) ([]CreditNote, error)
}

// BookWriter reads and writes all that a tenant has, for an import: what each kind of resource needs.
type BookWriter interface {
	BookReader
	CatalogueImportWriter
	LineImportWriter
	SettingsImportWriter
	FormerImportWriter
	RunImportWriter
	InvoiceImportWriter
	CreditNoteImportWriter
	LineCreator
	// The Recorder keeps the outcomes of requests that carry an idempotency key.
	idempotency.Recorder
}

// CatalogueImportWriter imports items, bill-tos and master accounts.
type CatalogueImportWriter interface {
	CatalogueCreator
	Item(ctx context.Context, code ItemCode) (Item, error)
	MasterAccount(ctx context.Context, code MasterAccountCode) (MasterAccount, error)
}

// LineImportWriter imports lines, many at once. What is read is that which there is, in no order.
type LineImportWriter interface {
	CreditWriter
	ItemsOf(ctx context.Context, codes []ItemCode) ([]Item, error)
	BillTosOf(ctx context.Context, ids []BillToID) ([]BillTo, error)
	MasterAccountsOf(ctx context.Context, codes []MasterAccountCode) ([]MasterAccount, error)
	// BillTosOfMasters are those of the bill-tos that a master account is billed to.
	BillTosOfMasters(ctx context.Context, ids []BillToID) ([]BillToID, error)
	LinesOf(ctx context.Context, ids []LineID) ([]Line, error)
	// CreateLines creates lines that have numbers of their own, none of which is in use, as CreateLine would each.
	CreateLines(ctx context.Context, lines []Line) error
}

// SettingsReader reads the billing profile and the billing schedule.
type SettingsReader interface {
	ScheduleReader
	UpcomingReader
	// ProfileAt is the profile that held when a document was issued, or that holds now for one that is not.
	ProfileAt(ctx context.Context, issued Issued) (Profile, error)
}

// SettingsImportWriter imports them.
type SettingsImportWriter interface {
	SettingsReader
	PutProfile(ctx context.Context, profile *Profile) error
	PutSchedule(ctx context.Context, schedule *Schedule) error
}

// FormerReader reads what documents say of what has changed since, in the order of bill-tos and ordinals.
type FormerReader interface {
	FormerBillTosOf(ctx context.Context, ids []BillToID) ([]FormerBillTo, error)
	FormerProfiles(ctx context.Context) ([]FormerProfile, error)
}

// FormerImportWriter imports it for documents that are imported. ErrTaken where its place is.
type FormerImportWriter interface {
	FormerReader
	BillTosOf(ctx context.Context, ids []BillToID) ([]BillTo, error)
	ImportFormerBillTo(ctx context.Context, former FormerBillTo) error
	ImportFormerProfile(ctx context.Context, former FormerProfile) error
}

// RunImportWriter imports runs.
type RunImportWriter interface {
	Run(ctx context.Context, id RunID) (Run, error)
	// ImportRun keeps a run that has ended, with its number and times, and adds its entry to the change feed. It is ErrTaken
	// where the run is there already.
	ImportRun(ctx context.Context, run *Run) error
}

// InvoiceImportWriter imports invoices, many at once.
type InvoiceImportWriter interface {
	BilledReader
	BillTosOf(ctx context.Context, ids []BillToID) ([]BillTo, error)
	// KnownLines is those of the numbers that are numbers of lines.
	KnownLines(ctx context.Context, ids []LineID) ([]LineID, error)
	Invoices(ctx context.Context, filter InvoiceFilter, after InvoicePlace, limit int) ([]Invoice, error)
	// BilledBefore is the first day of the last part that a line was billed for before a day, none where there is none.
	BilledBefore(ctx context.Context, line LineID, day date.Date) (date.Date, error)
	// ImportInvoices keeps invoices with their numbers, notes the periods that they bill as billed and the credits that they
	// carry as carried, unless they are void, and adds their entries to the change feed. The series of numbers, and of runs,
	// goes on after the highest of theirs. It is ErrTaken where something of it is there already.
	ImportInvoices(ctx context.Context, invoices []Invoice) error
}

// CreditNoteImportWriter imports credit notes.
type CreditNoteImportWriter interface {
	Invoice(ctx context.Context, id InvoiceID) (Invoice, error)
	CreditNote(ctx context.Context, id CreditNoteID) (CreditNote, error)
	CreditNotes(ctx context.Context, filter CreditNoteFilter, after CreditNoteID, limit int) ([]CreditNote, error)
	CreateCreditNote(ctx context.Context, note *CreditNote) error
}
