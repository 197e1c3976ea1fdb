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

// ErrBilled is returned if a line was already billed for the same days.
var ErrBilled = errors.New("the period is already billed")

// Resource types as the change feed names them.
const (
	Type         = "CycleRun"
	TypeSchedule = "BillingSchedule"
)

// Store stores the runs and billing schedules of all tenants, and hands out the work of the runs.
// Every method is atomic: its changes are durable if it returns nil, and undone if it returns an
// error.
type Store interface {
	mutation.Store[Reader, Writer]
	// Waiting reports which of the three methods below have work for any tenant's run. It takes no
	// locks.
	Waiting(ctx context.Context, at time.Time) (Waiting, error)
	// PlanRun and EndRun each claim one run that no other worker has claimed. PlanRun claims a
	// pending run. EndRun claims a run that has no pending batches, or has a running job without
	// pending batches. They call do in one guarded transaction that locks the run, so the claim
	// ends if the process crashes. They report whether there was such a run.
	PlanRun(ctx context.Context, at time.Time, do func(context.Context, Writer, Run) error) (bool, error)
	EndRun(ctx context.Context, at time.Time, do func(context.Context, Writer, Run) error) (bool, error)
	// DoBatch claims a batch that is pending and not resting. prepare reads what is due, and write
	// writes it in one guarded transaction. prepare may read before that transaction, and both may
	// run more than once. If hold is set, the lines due from the batch's bill-tos are locked from
	// before prepare to the end, and writers of these lines wait. DoBatch returns ErrBilled if a
	// part of a period is already billed.
	DoBatch(ctx context.Context, at time.Time, hold bool, prepare func(context.Context, BatchReader, Run, Batch) error, write func(context.Context, BatchWriter) error) (bool, error)
	// Schedules returns the schedules of all tenants that are switched on.
	Schedules(ctx context.Context) (map[auth.Tenant]Schedule, error)
	// Follow returns a channel that gets a value, which it keeps until it is received, when this process has
	// changed a run of a tenant, or of any for "", or what its batches have done. leave ends that.
	Follow(of auth.Tenant) (news <-chan struct{}, leave func())
}

// Waiting lists the kinds of work that wait: a pending run to plan, a pending batch that does not
// rest, or a running run or job without pending batches to end.
type Waiting struct{ Plan, Batch, End bool }

// ScheduleReader reads the billing schedule of one tenant.
type ScheduleReader interface {
	// Schedule returns ErrNotFound if none was ever set.
	Schedule(ctx context.Context) (Schedule, error)
}

// UpcomingReader reads which days of a billing schedule have had their run.
type UpcomingReader interface {
	// ScheduledRun returns the run of a day of the schedule, without its progress. It returns
	// ErrNotFound if there is none.
	ScheduledRun(ctx context.Context, day date.Date) (Run, error)
}

// DueReader reads what is due from bill-tos.
type DueReader interface {
	// CountLines calls each with every bill-to that has lines, in the order of their numbers, and
	// about how many it has.
	CountLines(ctx context.Context, filter Filter, each func(billTo catalogue.BillToID, lines int)) error
	// DueLines returns the lines due from a range of bill-tos as of a date.
	DueLines(ctx context.Context, in Range, asOf date.Date, filter Filter) ([]billing.Billable, error)
	// Credits returns the credits of a range of bill-tos that no invoice carries, for the lines of
	// a filter. Every batch calls it, so it must be cheap if there are none.
	Credits(ctx context.Context, in Range, filter Filter) ([]billing.Grant, error)
	// DueCharges returns the one-off charges of a range of bill-tos that are due as of a date, for a
	// filter. One of bill cycles or master accounts selects none. Every batch calls it, so it must be
	// cheap if there are none.
	DueCharges(ctx context.Context, in Range, asOf date.Date, filter Filter) ([]billing.OneOff, error)
	// Proration returns how the tenant's periods are priced.
	Proration(ctx context.Context) (billing.Proration, error)
	// Customers returns the customers of the bill-tos of a range.
	Customers(ctx context.Context, in Range) (map[catalogue.BillToID]catalogue.CustomerID, error)
	// Descriptions returns the descriptions of items by their codes.
	Descriptions(ctx context.Context, codes []string) (map[string]string, error)
}

// Reader reads the runs of one tenant. It returns ErrNotFound for one that does not exist.
type Reader interface {
	ScheduleReader
	UpcomingReader
	DueReader
	// Run returns a run with its progress.
	Run(ctx context.Context, id ID) (Run, error)
	// Runs returns the runs, with their progress, that match a query on the fields of the native
	// API's list.
	Runs(ctx context.Context, query listing.Query) ([]Run, error)
	// CountGivenUp counts the batches that a run gave up.
	CountGivenUp(ctx context.Context, run ID) (int, error)
	// BilledAlready returns the lines of new invoices for which a part of a period is already
	// billed.
	BilledAlready(ctx context.Context, invoices []invoice.Invoice) ([]line.ID, error)
}

// Writer reads and writes the runs of one tenant. It sees its own writes.
type Writer interface {
	Reader
	mutation.Writer
	// CreateRun gives the run its number and stores it. It returns ErrTaken if its scheduled day
	// already has a run.
	CreateRun(ctx context.Context, run *Run) error
	// UpdateRun replaces a run and its last job. It returns ErrStale if the stored version is not
	// the one in its Revision.
	UpdateRun(ctx context.Context, run *Run) error
	PutSchedule(ctx context.Context, schedule *Schedule) error
	// CreateBatches splits a run.
	CreateBatches(ctx context.Context, run ID, ranges []Range) error
	// CancelBatches cancels the unfinished batches of a run. It waits for those that are being
	// processed.
	CancelBatches(ctx context.Context, run ID) error
	// PostponeBatch records that a batch failed. The batch rests until the given time, or is given
	// up if that is zero.
	PostponeBatch(ctx context.Context, batch Batch, reason string, until time.Time) error
	// RetryBatches makes the batches that a run gave up pending again, and counts the progress of
	// the run anew.
	RetryBatches(ctx context.Context, run *Run) error
	// ReopenDrafts makes the batches of a run that have drafts pending for its last job, and counts
	// them in the job. ReopenBilled does the same for the batches that billed something.
	ReopenDrafts(ctx context.Context, run *Run) error
	ReopenBilled(ctx context.Context, run *Run) error
}

// Bills are new invoices, with all that can be made of them before the transaction that writes them, since others wait for that one.
type Bills interface {
	Invoices() []invoice.Invoice
}

// BatchReader reads what a batch of a run bills, settles or voids.
type BatchReader interface {
	DueReader
	// Bills makes bills of invoices to be written at a time, for a BatchWriter of the same store. It reads nothing.
	Bills(at time.Time, invoices []invoice.Invoice) Bills
	invoice.RemainderReader
	invoice.HeldReader
	// Drafts returns the drafts of a run for a range of bill-tos, ordered by bill-to and currency,
	// without their items. WholeDrafts returns them with their items.
	Drafts(ctx context.Context, run ID, in Range) ([]invoice.Invoice, error)
	WholeDrafts(ctx context.Context, run ID, in Range) ([]invoice.Invoice, error)
	// Voidable returns the finalized invoices of a run for a range of bill-tos, with their items,
	// in the order of their numbers. If release is set, it also returns void invoices that still
	// hold their periods.
	Voidable(ctx context.Context, run ID, in Range, release bool) ([]invoice.Invoice, error)
}

// BatchWriter writes what a batch of a run bills, settles or voids.
type BatchWriter interface {
	ScheduleReader
	invoice.DiscardWriter
	invoice.VoidWriter
	// BillLines moves the lines of invoices on to their next unbilled days and records their
	// periods as billed. It returns ErrStale if a line has changed since it was read.
	BillLines(ctx context.Context, bills Bills) error
	// BillCredits records that the invoices carry their credits. It returns ErrStale if a credit is
	// gone or already carried.
	BillCredits(ctx context.Context, invoices []invoice.Invoice) error
	// BillCharges records that the invoices bill their one-off charges, and adds an entry to the change
	// feed for each charge. It returns ErrStale if a charge has changed since it was read.
	BillCharges(ctx context.Context, invoices []invoice.Invoice) error
	// CreateInvoices stores the invoices and adds an entry to the change feed for each. It gives
	// them the next numbers unless they are drafts.
	CreateInvoices(ctx context.Context, bills Bills) error
	// FinalizeDrafts gives drafts the next numbers and adds an entry to the change feed for each.
	// It returns ErrStale if the stored version of one is not the one in its Revision.
	FinalizeDrafts(ctx context.Context, drafts []invoice.Invoice) error
	// CreateProblems stores the problems of a batch.
	CreateProblems(ctx context.Context, batch Batch, problems []Problem) error
	// FinishBatch records that a batch is done, and what it billed.
	FinishBatch(ctx context.Context, batch Batch, count Count) error
	// SettleBatch records that a batch is done, and how many of its drafts were finalized or
	// discarded.
	SettleBatch(ctx context.Context, batch Batch, settled invoice.DraftCount) error
}
