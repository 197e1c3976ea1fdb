package books

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Store keeps what is billed and what was billed of all tenants, in one database.
type Store = mutation.Store[Reader, Writer]

// Reader reads all that a tenant has, for an export. Lists are by the fields of those of the native API, or hold
// up to limit resources whose number is greater than after, in the order of the numbers. What is not there is ErrNotFound where one is asked for.
type Reader interface {
	SettingsReader
	FormerReader
	Items(ctx context.Context, query listing.Query) ([]catalogue.Item, error)
	BillTos(ctx context.Context, query listing.Query) ([]catalogue.BillTo, error)
	MasterAccounts(ctx context.Context, query listing.Query) ([]catalogue.MasterAccount, error)
	Lines(ctx context.Context, query listing.Query) ([]line.Line, error)
	// EndedRuns lists runs that have ended.
	EndedRuns(ctx context.Context, after run.ID, limit int) ([]run.Run, error)
	// WholeInvoices lists invoices with their items, Invoices without them.
	WholeInvoices(ctx context.Context, query listing.Query) ([]invoice.Invoice, error)
	Invoices(ctx context.Context, query listing.Query) ([]invoice.Invoice, error)
	CreditNotes(ctx context.Context, query listing.Query) ([]invoice.CreditNote, error)
}

// Writer reads and writes all that a tenant has, for an import: what each kind of resource needs.
type Writer interface {
	Reader
	CatalogueImportWriter
	LineImportWriter
	SettingsImportWriter
	FormerImportWriter
	RunImportWriter
	InvoiceImportWriter
	CreditNoteImportWriter
	line.Creator
	mutation.Writer
}

// CatalogueImportWriter imports items, bill-tos and master accounts.
type CatalogueImportWriter interface {
	catalogue.Creator
	Item(ctx context.Context, code catalogue.ItemCode) (catalogue.Item, error)
	MasterAccount(ctx context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error)
}

// LineImportWriter imports lines, many at once. What is read is that which there is, in no order.
type LineImportWriter interface {
	line.CreditWriter
	ItemsOf(ctx context.Context, codes []catalogue.ItemCode) ([]catalogue.Item, error)
	BillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillTo, error)
	MasterAccountsOf(ctx context.Context, codes []catalogue.MasterAccountCode) ([]catalogue.MasterAccount, error)
	// BillTosOfMasters are those of the bill-tos that a master account is billed to.
	BillTosOfMasters(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillToID, error)
	LinesOf(ctx context.Context, ids []line.ID) ([]line.Line, error)
	// CreateLines creates lines that have numbers of their own, none of which is in use, as Create would each.
	CreateLines(ctx context.Context, lines []line.Line) error
}

// SettingsReader reads the billing profile and the billing schedule.
type SettingsReader interface {
	run.ScheduleReader
	run.UpcomingReader
	// ProfileAt is the profile that held when a document was issued, or that holds now for one that is not.
	ProfileAt(ctx context.Context, issued invoice.Issued) (invoice.Profile, error)
}

// SettingsImportWriter imports them.
type SettingsImportWriter interface {
	SettingsReader
	PutProfile(ctx context.Context, profile *invoice.Profile) error
	PutSchedule(ctx context.Context, schedule *run.Schedule) error
}

// FormerReader reads what documents say of what has changed since, in the order of bill-tos and ordinals.
type FormerReader interface {
	FormerBillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]invoice.FormerBillTo, error)
	FormerProfiles(ctx context.Context) ([]invoice.FormerProfile, error)
}

// FormerImportWriter imports it for documents that are imported. ErrTaken where its place is.
type FormerImportWriter interface {
	FormerReader
	BillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillTo, error)
	ImportFormerBillTo(ctx context.Context, former invoice.FormerBillTo) error
	ImportFormerProfile(ctx context.Context, former invoice.FormerProfile) error
}

// RunImportWriter imports runs.
type RunImportWriter interface {
	Run(ctx context.Context, id run.ID) (run.Run, error)
	// ImportRun keeps a run that has ended, with its number and times, and adds its entry to the change feed. It is ErrTaken
	// where the run is there already.
	ImportRun(ctx context.Context, cycleRun *run.Run) error
}

// InvoiceImportWriter imports invoices, many at once.
type InvoiceImportWriter interface {
	invoice.BilledReader
	BillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillTo, error)
	// KnownLines is those of the numbers that are numbers of lines.
	KnownLines(ctx context.Context, ids []line.ID) ([]line.ID, error)
	Invoices(ctx context.Context, query listing.Query) ([]invoice.Invoice, error)
	// BilledBefore is the first day of the last part that a line was billed for before a day, none where there is none.
	BilledBefore(ctx context.Context, l line.ID, day date.Date) (date.Date, error)
	// ImportInvoices keeps invoices with their numbers, notes the periods that they bill as billed and the credits that they
	// carry as carried, unless they are void, and adds their entries to the change feed. The series of numbers, and of runs,
	// goes on after the highest of theirs. It is ErrTaken where something of it is there already.
	ImportInvoices(ctx context.Context, invoices []invoice.Invoice) error
}

// CreditNoteImportWriter imports credit notes.
type CreditNoteImportWriter interface {
	Invoice(ctx context.Context, id invoice.ID) (invoice.Invoice, error)
	CreditNote(ctx context.Context, id invoice.CreditNoteID) (invoice.CreditNote, error)
	CreditNotes(ctx context.Context, query listing.Query) ([]invoice.CreditNote, error)
	CreateCreditNote(ctx context.Context, note *invoice.CreditNote) error
}
