package books

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Store stores the catalogue and the invoices of all tenants, in one database.
type Store = mutation.Store[Reader, Writer]

// Reader reads everything that a tenant has, for an export. Lists take queries on the fields of the
// native API's lists, or return up to limit resources with a number greater than after, sorted by
// number. A single resource that does not exist is ErrNotFound.
type Reader interface {
	SettingsReader
	FormerReader
	Items(ctx context.Context, query listing.Query) ([]catalogue.Item, error)
	BillTos(ctx context.Context, query listing.Query) ([]catalogue.BillTo, error)
	MasterAccounts(ctx context.Context, query listing.Query) ([]catalogue.MasterAccount, error)
	Lines(ctx context.Context, query listing.Query) ([]line.Line, error)
	Charges(ctx context.Context, query listing.Query) ([]charge.Charge, error)
	IncreaseReader
	// EndedRuns lists runs that have ended.
	EndedRuns(ctx context.Context, after run.ID, limit int) ([]run.Run, error)
	// WholeInvoices lists invoices with their items, and Invoices without them.
	WholeInvoices(ctx context.Context, query listing.Query) ([]invoice.Invoice, error)
	Invoices(ctx context.Context, query listing.Query) ([]invoice.Invoice, error)
	CreditNotes(ctx context.Context, query listing.Query) ([]invoice.CreditNote, error)
}

// Writer reads and writes what an import of each kind of resource needs.
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
	charge.Creator
	ChargeReader
	IncreaseImportWriter
	mutation.Writer
}

// CatalogueImportWriter imports items, bill-tos and master accounts.
type CatalogueImportWriter interface {
	catalogue.Creator
	Item(ctx context.Context, code catalogue.ItemCode) (catalogue.Item, error)
	MasterAccount(ctx context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error)
}

// LineImportWriter imports lines, many at once. Its reads return the resources that exist, in any
// order, and those of codes in any spelling.
type LineImportWriter interface {
	line.CreditWriter
	ItemsOf(ctx context.Context, codes []catalogue.ItemCode) ([]catalogue.Item, error)
	BillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillTo, error)
	MasterAccountsOf(ctx context.Context, codes []catalogue.MasterAccountCode) ([]catalogue.MasterAccount, error)
	// BillTosOfMasters returns the given bill-tos that a master account is billed to.
	BillTosOfMasters(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillToID, error)
	LinesOf(ctx context.Context, ids []line.ID) ([]line.Line, error)
	CancellationsOf(ctx context.Context, numbers []line.CancellationNumber) ([]line.Cancelled, error)
	// CreateLines creates lines as CreateLine does. All must have numbers, and none of these may be
	// in use.
	CreateLines(ctx context.Context, lines []line.Line) error
}

// ChargeReader reads one-off charges that imported resources name.
type ChargeReader interface {
	Charge(ctx context.Context, id charge.ID) (charge.Charge, error)
	// ChargesOf returns the charges with the given numbers, in any order. Numbers that do not exist
	// are left out.
	ChargesOf(ctx context.Context, ids []charge.ID) ([]charge.Charge, error)
}

// SettingsReader reads the billing profile and the billing schedule.
type SettingsReader interface {
	run.ScheduleReader
	run.UpcomingReader
	// ProfileAt returns the profile that applied when a document was issued, or the present one for
	// a document that is not issued.
	ProfileAt(ctx context.Context, issued invoice.Issued) (invoice.Profile, error)
	// Proration returns how the tenant's periods are priced.
	Proration(ctx context.Context) (billing.Proration, error)
}

// SettingsImportWriter imports the billing profile and the billing schedule.
type SettingsImportWriter interface {
	SettingsReader
	PutProfile(ctx context.Context, profile *invoice.Profile) error
	PutSchedule(ctx context.Context, schedule *run.Schedule) error
}

// FormerReader reads the former bill-tos and billing profiles that documents show, in the order of
// bill-tos and ordinals.
type FormerReader interface {
	FormerBillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]invoice.FormerBillTo, error)
	FormerProfiles(ctx context.Context) ([]invoice.FormerProfile, error)
}

// FormerImportWriter imports them for imported documents. It returns ErrTaken if the ordinal is in
// use.
type FormerImportWriter interface {
	FormerReader
	BillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillTo, error)
	ImportFormerBillTo(ctx context.Context, former invoice.FormerBillTo) error
	ImportFormerProfile(ctx context.Context, former invoice.FormerProfile) error
}

// RunImportWriter imports runs.
type RunImportWriter interface {
	Run(ctx context.Context, id run.ID) (run.Run, error)
	// ImportRun stores a run that has ended, with its number and times, and adds its entry to the
	// change feed. It returns ErrTaken if the run already exists.
	ImportRun(ctx context.Context, cycleRun *run.Run) error
}

// InvoiceImportWriter imports invoices, many at once.
type InvoiceImportWriter interface {
	invoice.BilledReader
	ChargeReader
	BillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillTo, error)
	// KnownLines returns the given numbers that are numbers of lines.
	KnownLines(ctx context.Context, ids []line.ID) ([]line.ID, error)
	Invoices(ctx context.Context, query listing.Query) ([]invoice.Invoice, error)
	// ImportInvoices stores invoices with their numbers and adds their entries to the change feed.
	// Unless they are void, it records their periods as billed and their credits as carried. The
	// series of invoice numbers and of run numbers continue after the highest imported. It returns
	// ErrTaken if anything of them already exists.
	ImportInvoices(ctx context.Context, invoices []invoice.Invoice) error
}

// CreditNoteImportWriter imports credit notes.
type CreditNoteImportWriter interface {
	Invoice(ctx context.Context, id invoice.ID) (invoice.Invoice, error)
	CreditNote(ctx context.Context, id invoice.CreditNoteID) (invoice.CreditNote, error)
	CreditNotes(ctx context.Context, query listing.Query) ([]invoice.CreditNote, error)
	CreateCreditNote(ctx context.Context, note *invoice.CreditNote) error
}
