package store

import (
	"context"
	"database/sql"
	"encoding/json"
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
)

var runKind = kind{"cycle_run", "cycleRuns"}

const runColumns = `id, as_of_date, filter, dry_run, leave_drafts, state, scheduled_date, actor, batch_count, batches_done,
	invoice_count, period_count, totals, problem_count, ended, version, created, updated, retries`

func scanRun(r database.Row) (cycleRun run.Run, err error) {
	var ended sql.NullInt64
	err = r.Scan(&cycleRun.ID, &cycleRun.AsOf, jsonColumn{&cycleRun.Filter}, &cycleRun.Preview, &cycleRun.LeaveDrafts, &cycleRun.State, &cycleRun.Scheduled, &cycleRun.Actor,
		&cycleRun.Batches, &cycleRun.Done, &cycleRun.Invoices, &cycleRun.Periods, jsonColumn{&cycleRun.Totals}, &cycleRun.ProblemCount, &ended,
		&cycleRun.Version, instant{&cycleRun.Created}, instant{&cycleRun.Updated}, &cycleRun.Retries)
	if ended.Valid {
		cycleRun.Ended = time.UnixMicro(ended.Int64).UTC()
	}
	return cycleRun, err
}

// jsonColumn reads a column that holds JSON.
type jsonColumn struct{ value any }

// Scan sets the value.
func (d jsonColumn) Scan(column any) error {
	var text sql.NullString
	if err := text.Scan(column); err != nil {
		return fmt.Errorf("reading a document: %w", err)
	}
	if err := json.Unmarshal([]byte(text.String), d.value); err != nil {
		return fmt.Errorf("reading a document: %w", err)
	}
	return nil
}

func documentOf(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("writing a document: %w", err)
	}
	return string(text), nil
}

// Run reads a run with what it has done so far, and its problems.
func (r *reader) Run(ctx context.Context, id run.ID) (run.Run, error) {
	cycleRun, err := one(ctx, r.tx, "cycle run", scanRun,
		`SELECT `+runColumns+` FROM cycle_runs WHERE tenant = $1 AND id = $2`, string(r.tenant), int64(id))
	if err != nil {
		return cycleRun, err
	}
	return cycleRun, r.addProgress(ctx, &cycleRun)
}

// Runs lists runs.
func (r *reader) Runs(ctx context.Context, query listing.Query) ([]run.Run, error) {
	runs, err := database.Select(ctx, r.tx.List(query, runFields), "cycle run", scanRun,
		`SELECT `+runColumns+` FROM cycle_runs WHERE tenant = $1`, string(r.tenant))
	for i := range runs {
		if err == nil {
			err = r.addProgress(ctx, &runs[i])
		}
	}
	return runs, err
}

// addProgress adds what the batches of a run that goes on have done, the jobs of one that has ended, and the drafts and problems
// of any.
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
	type progress struct {
		state   string
		updated time.Time
		run.Count
	}
	batches, err := database.Select(ctx, r.tx, "batch", func(row database.Row) (p progress, err error) {
		err = row.Scan(&p.state, instant{&p.updated}, &p.Invoices, &p.Periods, jsonColumn{&p.Totals})
		return p, err
	}, `SELECT state, updated, invoice_count, period_count, totals FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2 AND state <> 'PENDING'`,
		string(r.tenant), int64(cycleRun.ID))
	if err != nil {
		return err
	}
	cycleRun.Done, cycleRun.Count, cycleRun.ProblemCount = 0, run.Count{}, 0
	for _, batch := range batches {
		cycleRun.Progressed(batch.updated)
		switch batch.state {
		case "DONE":
			cycleRun.Done++
		case "FAILED":
			cycleRun.ProblemCount++
		}
		cycleRun.Add(batch.Count)
	}
	problems, err := r.countProblems(ctx, cycleRun.ID, 0)
	cycleRun.ProblemCount += problems
	return err
}

// ScheduledRun reads the run of a day of the schedule.
func (r *reader) ScheduledRun(ctx context.Context, day date.Date) (run.Run, error) {
	return one(ctx, r.tx, "cycle run", scanRun,
		`SELECT `+runColumns+` FROM cycle_runs WHERE tenant = $1 AND scheduled_date = $2`, string(r.tenant), day.String())
}

// CountGivenUp counts the batches that a run gave up.
func (r *reader) CountGivenUp(ctx context.Context, run run.ID) (batches int, err error) {
	err = r.tx.QueryRowContext(ctx, `SELECT count(*) FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2 AND job = 0 AND state = 'FAILED'`,
		string(r.tenant), int64(run)).Scan(&batches)
	if err != nil {
		return 0, fmt.Errorf("counting what cycle run %d gave up: %w", run, err)
	}
	return batches, nil
}

// CreateRun inserts a run.
func (w *writer) CreateRun(ctx context.Context, cycleRun *run.Run) error {
	if err := number(ctx, w, runKind, &cycleRun.ID); err != nil {
		return err
	}
	cycleRun.Revision = w.created()
	filter, err := documentOf(cycleRun.Filter)
	if err != nil {
		return err
	}
	return w.insert(ctx, runKind, cycleRun.ID, cycleRun,
		`INSERT INTO cycle_runs (tenant, `+runColumns+`)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, 0, '{}', 0, NULL, $10, $11, $12, 0)`,
		string(w.tenant), int64(cycleRun.ID), cycleRun.AsOf, filter, cycleRun.Preview, cycleRun.LeaveDrafts, string(cycleRun.State), cycleRun.Scheduled, cycleRun.Actor,
		cycleRun.Version, cycleRun.Created.UnixMicro(), cycleRun.Updated.UnixMicro())
}

// UpdateRun replaces what changes of a run in the course of its life, and its last job. A run that only begins is not told to the feed.
func (w *writer) UpdateRun(ctx context.Context, cycleRun *run.Run) error {
	totals, err := documentOf(cycleRun.Totals)
	if err != nil {
		return err
	}
	result, err := w.tx.ExecContext(ctx,
		`UPDATE cycle_runs SET state = $1, batch_count = $2, batches_done = $3, invoice_count = $4, period_count = $5, totals = $6,
			problem_count = $7, ended = $8, version = $9, updated = $10, retries = $14
		 WHERE tenant = $11 AND id = $12 AND version = $13`,
		string(cycleRun.State), int64(cycleRun.Batches), int64(cycleRun.Done), cycleRun.Invoices, cycleRun.Periods, totals, cycleRun.ProblemCount, endedAt(&cycleRun.Ended),
		cycleRun.Version+1, w.at.UnixMicro(), string(w.tenant), int64(cycleRun.ID), cycleRun.Version,
		int64(cycleRun.Retries))
	if err != nil {
		return fmt.Errorf("updating cycle run %d: %w", cycleRun.ID, err)
	}
	updated, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("updating cycle run %d: %w", cycleRun.ID, err)
	}
	if updated == 0 {
		return fmt.Errorf("updating cycle run %d at version %d: %w", cycleRun.ID, cycleRun.Version, mutation.ErrStale)
	}
	cycleRun.Version, cycleRun.Updated = cycleRun.Version+1, w.at
	if job := cycleRun.LastJob(); job != nil {
		if err := w.keepJob(ctx, cycleRun.ID, job); err != nil {
			return err
		}
	}
	if cycleRun.State == run.Running {
		return nil
	}
	return w.Record(ctx, feed.Updated, cycleRun)
}

// CreateBatches inserts the batches of a run.
func (w *writer) CreateBatches(ctx context.Context, of run.ID, ranges []run.Range) error {
	rows := make([][]any, len(ranges))
	for i, in := range ranges {
		rows[i] = []any{string(w.tenant), int64(of), int64(i + 1), int64(in.After), int64(in.Upto), "PENDING", int64(0), int64(0), "", int64(0), int64(0), "{}"}
	}
	return w.tx.InsertAll(ctx, "cycle_run_batches", batchColumns, rows)
}

var batchColumns = []string{
	"tenant", "run_id", "number", "after_bill_to", "upto_bill_to", "state", "attempts", "not_before", "error", "invoice_count",
	"period_count", "totals",
}

// CancelBatches cancels the pending batches of a run. All that nobody does are taken first, at once, so that a worker which
// ends its batch finds no other; then the few that are being done are waited for.
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
	return w.updateBatch(ctx, batch, `state = 'DONE', error = '', invoice_count = $4, period_count = $5, totals = $6, draft_count = $7`,
		count.Invoices, count.Periods, totals, count.Drafts.Left)
}

// PostponeBatch notes why a batch failed, and lets it rest.
func (w *writer) PostponeBatch(ctx context.Context, batch run.Batch, reason string, until time.Time) error {
	state, notBefore := "FAILED", int64(0)
	if !until.IsZero() {
		state, notBefore = "PENDING", until.UnixMicro()
	}
	err := w.updateBatch(ctx, batch, `state = $4, attempts = $5, not_before = $6, error = $7`, state, int64(batch.Attempts), notBefore, reason)
	if errors.Is(err, mutation.ErrStale) {
		return nil // somebody else did it, or the run was cancelled
	}
	return err
}

func (w *writer) updateBatch(ctx context.Context, batch run.Batch, set string, values ...any) error {
	values = append([]any{string(w.tenant), int64(batch.Run), int64(batch.Number)}, values...)
	set += fmt.Sprintf(`, updated = $%d`, len(values)+1)
	result, err := w.tx.ExecContext(ctx, `UPDATE cycle_run_batches SET `+set+` WHERE tenant = $1 AND run_id = $2 AND number = $3 AND state = 'PENDING'`,
		append(values, w.at.UnixMicro())...)
	if err != nil {
		return fmt.Errorf("updating batch %d of cycle run %d: %w", batch.Number, batch.Run, err)
	}
	updated, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("updating batch %d of cycle run %d: %w", batch.Number, batch.Run, err)
	}
	if updated == 0 {
		return fmt.Errorf("updating batch %d of cycle run %d: %w", batch.Number, batch.Run, mutation.ErrStale)
	}
	return nil
}

// RetryBatches makes the batches that were given up pending again.
func (w *writer) RetryBatches(ctx context.Context, cycleRun *run.Run) error {
	if _, err := w.tx.ExecContext(ctx, `UPDATE cycle_run_batches SET state = 'PENDING', attempts = 0, not_before = 0, error = ''
		WHERE tenant = $1 AND run_id = $2 AND state = 'FAILED'`, string(w.tenant), int64(cycleRun.ID)); err != nil {
		return fmt.Errorf("going on with cycle run %d: %w", cycleRun.ID, err)
	}
	return w.addProgress(ctx, cycleRun)
}

// Runs is the store of runs on a database. The queue of the runs' work is their own tables, and a lease on a
// piece of work is the lock that the transaction doing it holds on its row: it ends with the transaction, also when the
// process that does it dies, without a clock and without a second store of truth. A queue beside them, such as River's,
// would have to be kept in step with that row. On SQLite, where every write transaction is alone, the workers of a process
// agree in memory on who reads for which batch.
type Runs struct {
	*store.Store[run.Reader, run.Writer]
	db      *database.DB
	message store.Message
	mu      sync.Mutex
	// busy are the batches that workers of this process do on SQLite.
	busy map[place]bool
}

var _ run.Store = (*Runs)(nil)

// NewRuns is the store of runs on a database that went through Migrations. A process has one for each database. message
// shows resources in the change feed.
func NewRuns(db *database.DB, message store.Message) *Runs {
	return &Runs{Store: New[run.Reader, run.Writer](db, message), db: db, message: message, busy: map[place]bool{}}
}

// writer writes for a piece of work that was taken up in a transaction.
func (s *Runs) writer(tx *database.Tx, by auth.Principal, at time.Time) *writer {
	return newWriter(store.NewWriter(tx, s.message, by, at))
}

// Changed is closed at this process's next commit.
func (s *Runs) Changed() <-chan struct{} { return s.db.Committed() }
