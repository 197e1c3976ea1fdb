package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

var runKind = kind{"cycle_run", "cycleRuns"}

// runRow converts a run to a row of its table.
func runRow(tenant auth.Tenant, r *run.Run) (rows.CycleRun, error) {
	filter, filterErr := documentOf(r.Filter)
	totals, totalsErr := documentOf(r.Totals)
	return rows.CycleRun{
		Tenant:        string(tenant),
		ID:            int64(r.ID),
		AsOfDate:      r.AsOf.String(),
		Filter:        filter,
		Preview:       r.Preview,
		ScheduledDate: nullable(r.Scheduled.String()),
		Actor:         r.Actor,
		BatchCount:    int64(r.Batches),
		BatchesDone:   int64(r.Done),
		InvoiceCount:  r.Invoices,
		PeriodCount:   r.Periods,
		Totals:        totals,
		ProblemCount:  r.ProblemCount,
		Ended:         endedAt(&r.Ended),
		Version:       r.Version,
		Created:       r.Created.UnixMicro(),
		Updated:       r.Updated.UnixMicro(),
		LeaveDrafts:   r.LeaveDrafts,
		Retries:       int64(r.Retries),
		State:         string(r.State),
	}, errors.Join(filterErr, totalsErr)
}

// runOf converts a row to a run, without its progress.
func runOf(row rows.CycleRun) (run.Run, error) {
	var day dates
	r := run.Run{
		ID:           run.ID(row.ID),
		AsOf:         day.of(row.AsOfDate),
		Preview:      row.Preview,
		LeaveDrafts:  row.LeaveDrafts,
		State:        run.State(row.State),
		Retries:      int(row.Retries),
		Scheduled:    day.of(row.ScheduledDate.String),
		Actor:        row.Actor,
		Batches:      int(row.BatchCount),
		Done:         int(row.BatchesDone),
		Count:        run.Count{Invoices: row.InvoiceCount, Periods: row.PeriodCount},
		ProblemCount: row.ProblemCount,
		Ended:        store.Instant(row.Ended.Int64),
		Revision:     revisionOf(row.Version, row.Created, row.Updated),
	}
	return r, errors.Join(day.err, readDocument(row.Filter, &r.Filter), readDocument(row.Totals, &r.Totals))
}

// Run reads a run with its progress and problems.
func (r *reader) Run(ctx context.Context, id run.ID) (run.Run, error) {
	row, err := r.rows.GetRun(ctx, rows.GetRunParams{Tenant: string(r.tenant), ID: int64(id)})
	cycleRun, err := one("cycle run", row, err, runOf)
	if err != nil {
		return cycleRun, err
	}
	return cycleRun, r.addProgress(ctx, &cycleRun)
}

// Runs lists runs.
func (r *reader) Runs(ctx context.Context, query listing.Query) ([]run.Run, error) {
	found, err := r.list(query, runFields).ListRuns(ctx, string(r.tenant))
	return r.withProgress(ctx, found, err)
}

// withProgress converts rows to runs with their progress.
func (r *reader) withProgress(ctx context.Context, found []rows.CycleRun, err error) ([]run.Run, error) {
	runs, err := many("cycle runs", found, err, runOf)
	for i := range runs {
		if err == nil {
			err = r.addProgress(ctx, &runs[i])
		}
	}
	return runs, err
}

// addProgress adds to a run the counts of its batches while it runs, its jobs after it has ended,
// and its drafts and problems.
func (r *reader) addProgress(ctx context.Context, cycleRun *run.Run) (err error) {
	add := r.addBatches
	if cycleRun.State.Ended() {
		add = r.addJobs
	}
	if err := add(ctx, cycleRun); err != nil {
		return err
	}
	if cycleRun.LeaveDrafts {
		if err := r.addDrafts(ctx, cycleRun); err != nil {
			return err
		}
	}
	cycleRun.Problems, err = r.problems(ctx, cycleRun.ID, 0, cycleRun.ProblemCount)
	return err
}

// addBatches counts what the batches of a run have done.
func (r *reader) addBatches(ctx context.Context, cycleRun *run.Run) error {
	batches, err := r.rows.ListDoneBatches(ctx, rows.ListDoneBatchesParams{Tenant: string(r.tenant), RunID: int64(cycleRun.ID)})
	if err != nil {
		return reading("batches", err)
	}
	cycleRun.Done, cycleRun.Count, cycleRun.ProblemCount = 0, run.Count{}, 0
	for _, batch := range batches {
		cycleRun.Progressed(store.Instant(batch.Updated))
		switch batch.State {
		case "DONE":
			cycleRun.Done++
		case "FAILED":
			cycleRun.ProblemCount++
		}
		count := run.Count{Invoices: batch.InvoiceCount, Periods: batch.PeriodCount}
		if err := readDocument(batch.Totals, &count.Totals); err != nil {
			return reading("batches", err)
		}
		cycleRun.Add(count)
	}
	problems, err := r.countProblems(ctx, cycleRun.ID, 0)
	cycleRun.ProblemCount += problems
	return err
}

// ScheduledRun reads the run of a day of the schedule.
func (r *reader) ScheduledRun(ctx context.Context, day date.Date) (run.Run, error) {
	row, err := r.rows.GetScheduledRun(ctx, rows.GetScheduledRunParams{Tenant: string(r.tenant), ScheduledDate: nullable(day.String())})
	return one("cycle run", row, err, runOf)
}

// CountGivenUp counts the batches that a run gave up.
func (r *reader) CountGivenUp(ctx context.Context, run run.ID) (int, error) {
	batches, err := r.rows.CountGivenUp(ctx, rows.CountGivenUpParams{Tenant: string(r.tenant), RunID: int64(run)})
	if err != nil {
		return 0, fmt.Errorf("counting what cycle run %d gave up: %w", run, err)
	}
	return int(batches), nil
}

// CreateRun inserts a run.
func (w *writer) CreateRun(ctx context.Context, cycleRun *run.Run) error {
	if err := number(ctx, w, runKind, &cycleRun.ID); err != nil {
		return err
	}
	cycleRun.Revision = w.created()
	row, err := runRow(w.tenant, cycleRun)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateRun(ctx, rows.CreateRunParams(row))
	return w.inserted(ctx, runKind, cycleRun.ID, created, err, cycleRun)
}

// UpdateRun updates a run and its last job. It adds no entry to the change feed when a run only
// begins.
func (w *writer) UpdateRun(ctx context.Context, cycleRun *run.Run) error {
	w.revise(&cycleRun.Revision)
	row, err := runRow(w.tenant, cycleRun)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdateRun(ctx, rows.UpdateRunParams(row))
	if err := store.ChangedRows(updated, err, mutation.ErrStale); err != nil {
		return fmt.Errorf("updating cycle run %d: %w", cycleRun.ID, err)
	}
	if job := cycleRun.LastJob(); job != nil {
		if err := w.keepJob(ctx, cycleRun.ID, job); err != nil {
			return err
		}
	}
	if cycleRun.State == run.Running {
		w.tellRun()
		return nil
	}
	return w.Record(ctx, feed.Updated, cycleRun)
}

// CreateBatches inserts the batches of a run.
func (w *writer) CreateBatches(ctx context.Context, of run.ID, ranges []run.Range) error {
	batches := make([]rows.CycleRunBatch, len(ranges))
	for i, in := range ranges {
		batches[i] = rows.CycleRunBatch{
			Tenant: string(w.tenant), RunID: int64(of), Number: int64(i + 1), AfterBillTo: int64(in.After), UptoBillTo: int64(in.Upto),
			State: "PENDING", Totals: "{}",
		}
	}
	return insertAll(ctx, w.tx, "cycle_run_batches", batches)
}

// CancelBatches cancels the pending batches of a run. It first locks all that nobody is processing,
// so that a worker which ends its batch finds no other, and then waits for the rest.
func (w *writer) CancelBatches(ctx context.Context, run run.ID) error {
	const pending = `tenant = $1 AND run_id = $2 AND state = 'PENDING'`
	const cancel = `UPDATE cycle_run_batches SET state = 'CANCELLED' WHERE ` + pending
	statements := []string{cancel}
	if w.tx.Engine == database.PostgreSQL {
		statements = []string{cancel + ` AND number IN (SELECT number FROM cycle_run_batches WHERE ` + pending + ` FOR UPDATE SKIP LOCKED)`, cancel}
	}
	for _, statement := range statements {
		if _, err := w.tx.ExecContext(ctx, statement, string(w.tenant), int64(run)); err != nil {
			return fmt.Errorf("cancelling cycle run %d: %w", run, err)
		}
	}
	return nil
}

// FinishBatch marks a batch as done.
func (w *writer) FinishBatch(ctx context.Context, batch run.Batch, count run.Count) error {
	totals, err := documentOf(count.Totals)
	if err != nil {
		return err
	}
	updated, err := w.rows.FinishBatch(ctx, rows.FinishBatchParams{
		Tenant: string(w.tenant), RunID: int64(batch.Run), Number: int64(batch.Number), Updated: w.at.UnixMicro(),
		InvoiceCount: count.Invoices, PeriodCount: count.Periods, Totals: totals, DraftCount: count.Drafts.Left,
	})
	return w.updatedBatch(batch, updated, err)
}

// PostponeBatch records why a batch failed, and lets it rest.
func (w *writer) PostponeBatch(ctx context.Context, batch run.Batch, reason string, until time.Time) error {
	state := "FAILED"
	if !until.IsZero() {
		state = "PENDING"
	}
	_, err := w.rows.PostponeBatch(ctx, rows.PostponeBatchParams{
		Tenant: string(w.tenant), RunID: int64(batch.Run), Number: int64(batch.Number), Updated: w.at.UnixMicro(),
		State: state, Attempts: int64(batch.Attempts), NotBefore: store.Micros(until), Error: reason,
	})
	// If it is no longer pending, another worker did it, or the run was cancelled.
	return w.updatedBatch(batch, 1, err)
}

// updatedBatch returns the error of an UPDATE of a batch that was pending, and tells of it.
func (w *writer) updatedBatch(batch run.Batch, updated int64, err error) error {
	w.tellRun()
	if err := store.ChangedRows(updated, err, mutation.ErrStale); err != nil {
		return fmt.Errorf("updating batch %d of cycle run %d: %w", batch.Number, batch.Run, err)
	}
	return nil
}

// RetryBatches makes the batches that were given up pending again.
func (w *writer) RetryBatches(ctx context.Context, cycleRun *run.Run) error {
	if err := w.rows.RetryBatches(ctx, rows.RetryBatchesParams{Tenant: string(w.tenant), RunID: int64(cycleRun.ID)}); err != nil {
		return fmt.Errorf("going on with cycle run %d: %w", cycleRun.ID, err)
	}
	return w.addProgress(ctx, cycleRun)
}

// Runs is the store of runs in a database. The tables of the runs serve as their work queue: a
// claim on a piece of work is the lock that its transaction holds on the row. It ends with the
// transaction, also if the process crashes, and needs no clock. A separate queue, such as River's,
// would have to be kept in step with the row. On SQLite, which has a single writer, the workers of
// a process agree in memory on who reads for which batch.
type Runs struct {
	*store.Store[run.Reader, run.Writer]
	db      *database.DB
	message store.Message
	mu      sync.Mutex
	// busy holds the batches that workers of this process are processing on SQLite.
	busy map[place]bool
}

var _ run.Store = (*Runs)(nil)

// NewRuns returns the store of runs in a migrated database. A process must have only one for each
// database. message converts resources for the change feed.
func NewRuns(db *database.DB, message store.Message) *Runs {
	return &Runs{Store: New[run.Reader, run.Writer](db, message), db: db, message: message, busy: map[place]bool{}}
}

// writer returns a writer for a claimed piece of work.
func (s *Runs) writer(tx *database.Tx, by auth.Principal, at time.Time) *writer {
	return newWriter(store.NewWriter(tx, s.message, by, at))
}

// Follow tells of runs and their batches.
func (s *Runs) Follow(of auth.Tenant) (news <-chan struct{}, leave func()) {
	return follow(s.db, database.Subject{Type: run.Type, Tenant: string(of)})
}

// follow follows a store.
func follow(db *database.DB, of database.Subject) (<-chan struct{}, func()) {
	news := make(chan struct{}, 1)
	return news, db.Follow(news, of)
}

// tellRun tells those who follow runs of what the feed does not.
func (w *writer) tellRun() { w.tx.Tell(database.Subject{Type: run.Type, Tenant: string(w.tenant)}) }
