package run

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// ErrBilled says that a line was billed for these days already.
var ErrBilled = errors.New("the period is billed already")

// Types of resources, as the change feed names them.
const (
	Type         = "CycleRun"
	TypeSchedule = "BillingSchedule"
)

// Store keeps the runs and billing schedules of all tenants, and hands out the work of the runs. Every method is durable
// when it returns without an error, and has changed nothing when it returns one.
type Store interface {
	mutation.Store[Reader, Writer]
	// Waiting reports which of the three methods below have something to do for any tenant's run. It holds back nobody.
	Waiting(ctx context.Context, at time.Time) (Waiting, error)
	// PlanRun and EndRun each take up one run that nobody else has taken up: a pending one, one that goes on, or has a job
	// that goes on, without pending batches. They run do for it in one guarded transaction that holds it, so that a process that dies lets go of it at once.
	// They report whether there was any.
	PlanRun(ctx context.Context, at time.Time, do func(context.Context, Writer, Run) error) (bool, error)
	EndRun(ctx context.Context, at time.Time, do func(context.Context, Writer, Run) error) (bool, error)
	// DoBatch does the same for a batch that is pending and not resting: prepare reads what is due, write writes it in one
	// guarded transaction. prepare may read before that transaction, and both may run more than once. Where hold is set, nobody
	// changes the lines due from the batch's bill-tos from before prepare reads them to the end; who wants to, waits. It is
	// ErrBilled where a part of a period is billed already.
	DoBatch(ctx context.Context, at time.Time, hold bool, prepare func(context.Context, BatchReader, Run, Batch) error, write func(context.Context, BatchWriter) error) (bool, error)
	// Schedules is the schedules of all tenants that are switched on.
	Schedules(ctx context.Context) (map[auth.Tenant]Schedule, error)
	// Changed is closed when this process next changes the store.
	Changed() <-chan struct{}
}

// Waiting is which kinds of work wait: a pending run to be planned, a pending batch that does not rest, a running run
// or job without pending batches to be ended.
type Waiting struct{ Plan, Batch, End bool }

// ScheduleReader reads the billing schedule of one tenant.
type ScheduleReader interface {
	// Schedule is ErrNotFound where none was ever set.
	Schedule(ctx context.Context) (Schedule, error)
}

// UpcomingReader reads which days of a billing schedule have their runs.
type UpcomingReader interface {
	// ScheduledRun is the run of a day of the schedule, as it was when it ended if it has; ErrNotFound where there is none.
	ScheduledRun(ctx context.Context, day date.Date) (Run, error)
}

// DueReader reads what is due from bill-tos.
type DueReader interface {
	// CountLines gives each bill-to that has lines, in the order of their numbers, with about how many.
	CountLines(ctx context.Context, filter Filter, each func(billTo catalogue.BillToID, lines int)) error
	// DueLines is the lines due from a range of bill-tos as of a date.
	DueLines(ctx context.Context, in Range, asOf date.Date, filter Filter) ([]billing.Billable, error)
	// Credits is the credits of a range of bill-tos that no invoice carries, of the lines of a filter. It is cheap where
	// there are none: each batch of each run asks.
	Credits(ctx context.Context, in Range, filter Filter) ([]billing.Grant, error)
	// Customers is whose the bill-tos of a range are.
	Customers(ctx context.Context, in Range) (map[catalogue.BillToID]catalogue.CustomerID, error)
	// Descriptions is what items are called, by their codes.
	Descriptions(ctx context.Context, codes []string) (map[string]string, error)
}

// Reader reads the runs of one tenant. Reading what does not exist is ErrNotFound.
type Reader interface {
	ScheduleReader
	UpcomingReader
	DueReader
	// Run is a run with what it has done so far.
	Run(ctx context.Context, id ID) (Run, error)
	// Runs is the runs that a query asks for, with what they have done so far, by the fields of the list of the native API.
	Runs(ctx context.Context, query listing.Query) ([]Run, error)
	// CountGivenUp counts the batches that a run gave up.
	CountGivenUp(ctx context.Context, run ID) (int, error)
	// BilledAlready is those lines of invoices, which are to be written, of which a part of a period is billed already.
	BilledAlready(ctx context.Context, invoices []invoice.Invoice) ([]line.ID, error)
}

// Writer reads and writes the runs of one tenant; it sees what it wrote.
type Writer interface {
	Reader
	mutation.Writer
	// Create gives the run its number; ErrTaken if its scheduled day has a run.
	CreateRun(ctx context.Context, run *Run) error
	// UpdateRun replaces a run that is still at the version that its Revision tells, and keeps its last job: otherwise it is
	// ErrStale.
	UpdateRun(ctx context.Context, run *Run) error
	PutSchedule(ctx context.Context, schedule *Schedule) error
	// CreateBatches splits a run.
	CreateBatches(ctx context.Context, run ID, ranges []Range) error
	// CancelBatches cancels the batches of a run that are not done, after waiting for those that are being done.
	CancelBatches(ctx context.Context, run ID) error
	// PostponeBatch notes that a batch failed; it rests until an instant, or for good where that is zero.
	PostponeBatch(ctx context.Context, batch Batch, reason string, until time.Time) error
	// RetryBatches makes the batches that a run gave up pending again, and counts anew how far the run, which goes on, has come.
	RetryBatches(ctx context.Context, run *Run) error
	// ReopenDrafts makes the batches of a run that have drafts pending for its last job, which counts them. ReopenBilled does the
	// same with those that billed something.
	ReopenDrafts(ctx context.Context, run *Run) error
	ReopenBilled(ctx context.Context, run *Run) error
}

// BatchReader reads what a batch of a run bills, settles or voids.
type BatchReader interface {
	DueReader
	invoice.RemainderReader
	invoice.HeldReader
	// Drafts is the drafts of a run for a range of bill-tos, in the order of bill-tos and currencies, without their items.
	// WholeDrafts is the same with their items.
	Drafts(ctx context.Context, run ID, in Range) ([]invoice.Invoice, error)
	WholeDrafts(ctx context.Context, run ID, in Range) ([]invoice.Invoice, error)
	// Voidable is the invoices of a run for a range of bill-tos that are finalized, and those that are void and hold their periods
	// where these are to be released, with their items, in the order of their numbers.
	Voidable(ctx context.Context, run ID, in Range, release bool) ([]invoice.Invoice, error)
}

// BatchWriter writes what a batch of a run bills, settles or voids.
type BatchWriter interface {
	ScheduleReader
	invoice.DiscardWriter
	invoice.VoidWriter
	// BillLines moves the lines of invoices on to their next unbilled days and notes their periods as billed. It is
	// ErrStale where a line has changed since it was read.
	BillLines(ctx context.Context, invoices []invoice.Invoice) error
	// BillCredits notes that the invoices carry their credits; ErrStale where one is gone or carried already.
	BillCredits(ctx context.Context, invoices []invoice.Invoice) error
	// CreateInvoices gives the invoices, unless they are drafts, the next numbers of the series, keeps them, and tells the feed
	// of each.
	CreateInvoices(ctx context.Context, invoices []invoice.Invoice) error
	// FinalizeDrafts gives drafts the next numbers of the series and tells the feed of each; ErrStale if one is no longer at the
	// version that its Revision tells.
	FinalizeDrafts(ctx context.Context, drafts []invoice.Invoice) error
	// CreateProblems keeps what went wrong in a batch.
	CreateProblems(ctx context.Context, batch Batch, problems []Problem) error
	// FinishBatch notes that a batch is done, and what it billed.
	FinishBatch(ctx context.Context, batch Batch, count Count) error
	// SettleBatch notes that a batch is done, and how many of its drafts were finalized or discarded.
	SettleBatch(ctx context.Context, batch Batch, settled invoice.DraftCount) error
}
