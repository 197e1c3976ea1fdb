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
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

var runKind = kind{"cycle_run", "cycleRuns"}

const runColumns = `id, as_of_date, filter, dry_run, leave_drafts, state, outcome, scheduled_date, actor, settled_by, batch_count, batches_done,
	invoice_count, period_count, totals, problem_count, ended, version, created, updated, retries, void_reason, void_releases`

func scanRun(r database.Row) (run domain.Run, err error) {
	var ended sql.NullInt64
	var outcome, settledBy, voidReason sql.NullString
	var voidReleases sql.NullBool
	err = r.Scan(&run.ID, &run.AsOf, jsonColumn{&run.Filter}, &run.DryRun, &run.LeaveDrafts, &run.State, &outcome, &run.Scheduled, &run.Actor,
		&settledBy, &run.Batches, &run.Done, &run.Invoices, &run.Periods, jsonColumn{&run.Totals}, &run.ProblemCount, &ended,
		&run.Version, instant{&run.Created}, instant{&run.Updated}, &run.Retries, &voidReason, &voidReleases)
	run.Outcome, run.SettledBy = domain.RunState(outcome.String), settledBy.String
	run.VoidReason, run.VoidReleases = voidReason.String, voidReleases.Bool
	if ended.Valid {
		run.Ended = time.UnixMicro(ended.Int64).UTC()
	}
	return run, err
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
func (r *reader) Run(ctx context.Context, id domain.RunID) (domain.Run, error) {
	run, err := one(ctx, r.tx, "cycle run", scanRun,
		`SELECT `+runColumns+` FROM cycle_runs WHERE tenant = $1 AND id = $2`, string(r.tenant), int64(id))
	if err != nil {
		return run, err
	}
	return run, r.addProgress(ctx, &run)
}

// Runs lists runs, the latest first.
func (r *reader) Runs(ctx context.Context, before domain.RunID, limit int) ([]domain.Run, error) {
	runs, err := database.Select(ctx, r.tx, "cycle run", scanRun,
		`SELECT `+runColumns+` FROM cycle_runs WHERE tenant = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3`,
		string(r.tenant), int64(before), limit)
	for i := range runs {
		if err == nil {
			err = r.addProgress(ctx, &runs[i])
		}
	}
	return runs, err
}

// addProgress adds what the batches of a run that goes on have done, and the drafts and problems of any.
func (r *reader) addProgress(ctx context.Context, run *domain.Run) error {
	if !run.State.Ended() {
		if err := r.addBatches(ctx, run); err != nil {
			return err
		}
	}
	if run.LeaveDrafts {
		if err := r.addDrafts(ctx, run); err != nil {
			return err
		}
	}
	if run.Problems = nil; run.ProblemCount == 0 {
		return nil
	}
	problems, err := database.Select(ctx, r.tx, "problem", func(row database.Row) (p domain.Problem, err error) {
		err = row.Scan(&p.BillTo, &p.Currency, &p.Message, &p.OfDraft)
		return p, err
	}, `SELECT bill_to_id, currency, message, of_draft FROM cycle_run_problems WHERE tenant = $1 AND run_id = $2 ORDER BY bill_to_id, currency LIMIT $3`,
		string(r.tenant), int64(run.ID), domain.MostProblems)
	if err != nil {
		return err
	}
	run.Problems = problems
	if len(problems) == domain.MostProblems {
		return nil
	}
	givenUp, err := database.Select(ctx, r.tx, "batch", func(row database.Row) (domain.Problem, error) {
		var batch domain.Batch
		var reason string
		err := row.Scan(&batch.After, &batch.Upto, &reason)
		return batch.GivenUp(reason), err
	}, `SELECT after_bill_to, upto_bill_to, error FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2 AND state = 'FAILED' ORDER BY number LIMIT $3`,
		string(r.tenant), int64(run.ID), domain.MostProblems-len(problems))
	run.Problems = append(run.Problems, givenUp...)
	return err
}

// addBatches counts what the batches of a run have done. Those that are pending again have billed before.
func (r *reader) addBatches(ctx context.Context, run *domain.Run) error {
	type progress struct {
		state   string
		updated time.Time
		domain.Count
	}
	batches, err := database.Select(ctx, r.tx, "batch", func(row database.Row) (p progress, err error) {
		err = row.Scan(&p.state, instant{&p.updated}, &p.Invoices, &p.Periods, jsonColumn{&p.Totals})
		return p, err
	}, `SELECT state, updated, invoice_count, period_count, totals FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2 AND (state <> 'PENDING' OR invoice_count > 0)`,
		string(r.tenant), int64(run.ID))
	if err != nil {
		return err
	}
	run.Done, run.Count, run.ProblemCount = 0, domain.Count{}, 0
	for _, batch := range batches {
		run.Progressed(batch.updated)
		switch batch.state {
		case "DONE":
			run.Done++
		case "FAILED":
			run.ProblemCount++
		}
		run.Add(batch.Count)
	}
	var problems int64
	err = r.tx.QueryRowContext(ctx, `SELECT count(*) FROM cycle_run_problems WHERE tenant = $1 AND run_id = $2`, string(r.tenant), int64(run.ID)).Scan(&problems)
	if err != nil {
		return fmt.Errorf("counting the problems of cycle run %d: %w", run.ID, err)
	}
	run.ProblemCount += problems
	return nil
}

// ScheduledRun reads the run of a day of the schedule.
func (r *reader) ScheduledRun(ctx context.Context, day date.Date) (domain.Run, error) {
	return one(ctx, r.tx, "cycle run", scanRun,
		`SELECT `+runColumns+` FROM cycle_runs WHERE tenant = $1 AND scheduled_date = $2`, string(r.tenant), day.String())
}

// CountGivenUp counts the batches that a run gave up.
func (r *reader) CountGivenUp(ctx context.Context, run domain.RunID) (batches int, err error) {
	err = r.tx.QueryRowContext(ctx, `SELECT count(*) FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2 AND state = 'FAILED'`,
		string(r.tenant), int64(run)).Scan(&batches)
	if err != nil {
		return 0, fmt.Errorf("counting what cycle run %d gave up: %w", run, err)
	}
	return batches, nil
}

// CreateRun inserts a run.
func (w *writer) CreateRun(ctx context.Context, run *domain.Run) error {
	if err := number(ctx, w, runKind, &run.ID); err != nil {
		return err
	}
	run.Revision = w.created()
	filter, err := documentOf(run.Filter)
	if err != nil {
		return err
	}
	return w.insert(ctx, runKind, run.ID, run,
		`INSERT INTO cycle_runs (tenant, `+runColumns+`)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, $9, NULL, 0, 0, 0, 0, '{}', 0, NULL, $10, $11, $12, 0, NULL, NULL)`,
		string(w.tenant), int64(run.ID), run.AsOf, filter, run.DryRun, run.LeaveDrafts, string(run.State), run.Scheduled, run.Actor,
		run.Version, run.Created.UnixMicro(), run.Updated.UnixMicro())
}

// UpdateRun replaces what changes of a run in the course of its life. A run that only begins is not told to the feed.
func (w *writer) UpdateRun(ctx context.Context, run *domain.Run) error {
	totals, err := documentOf(run.Totals)
	if err != nil {
		return err
	}
	var ended any
	if !run.Ended.IsZero() {
		run.Ended = w.at
		ended = w.at.UnixMicro()
	}
	result, err := w.tx.ExecContext(ctx,
		`UPDATE cycle_runs SET state = $1, batch_count = $2, batches_done = $3, invoice_count = $4, period_count = $5, totals = $6,
			problem_count = $7, ended = $8, version = $9, updated = $10, outcome = NULLIF($14, ''), settled_by = NULLIF($15, ''), retries = $16, void_reason = NULLIF($17, ''), void_releases = $18
		 WHERE tenant = $11 AND id = $12 AND version = $13`,
		string(run.State), int64(run.Batches), int64(run.Done), run.Invoices, run.Periods, totals, run.ProblemCount, ended,
		run.Version+1, w.at.UnixMicro(), string(w.tenant), int64(run.ID), run.Version,
		string(run.Outcome), run.SettledBy, int64(run.Retries), run.VoidReason, run.VoidReleases)
	if err != nil {
		return fmt.Errorf("updating cycle run %d: %w", run.ID, err)
	}
	updated, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("updating cycle run %d: %w", run.ID, err)
	}
	if updated == 0 {
		return fmt.Errorf("updating cycle run %d at version %d: %w", run.ID, run.Version, domain.ErrStale)
	}
	run.Version, run.Updated = run.Version+1, w.at
	if run.State == domain.RunRunning {
		return nil
	}
	return w.Record(ctx, feed.Updated, run)
}

// CreateBatches inserts the batches of a run.
func (w *writer) CreateBatches(ctx context.Context, run domain.RunID, ranges []domain.Range) error {
	rows := make([][]any, len(ranges))
	for i, in := range ranges {
		rows[i] = []any{string(w.tenant), int64(run), int64(i + 1), int64(in.After), int64(in.Upto), "PENDING", int64(0), int64(0), "", int64(0), int64(0), "{}"}
	}
	return w.tx.InsertAll(ctx, "cycle_run_batches", batchColumns, rows)
}

var batchColumns = []string{
	"tenant", "run_id", "number", "after_bill_to", "upto_bill_to", "state", "attempts", "not_before", "error", "invoice_count",
	"period_count", "totals",
}

// CancelBatches cancels the pending batches of a run. All that nobody does are taken first, at once, so that a worker which
// ends its batch finds no other; then the few that are being done are waited for.
func (w *writer) CancelBatches(ctx context.Context, run domain.RunID) error {
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
func (w *writer) FinishBatch(ctx context.Context, batch domain.Batch, count domain.Count) error {
	totals, err := documentOf(count.Totals)
	if err != nil {
		return err
	}
	return w.updateBatch(ctx, batch, `state = 'DONE', error = '', invoice_count = $4, period_count = $5, totals = $6, draft_count = $7`,
		count.Invoices, count.Periods, totals, count.Drafts.Left)
}

// PostponeBatch notes why a batch failed, and lets it rest.
func (w *writer) PostponeBatch(ctx context.Context, batch domain.Batch, reason string, until time.Time) error {
	state, notBefore := "FAILED", int64(0)
	if !until.IsZero() {
		state, notBefore = "PENDING", until.UnixMicro()
	}
	err := w.updateBatch(ctx, batch, `state = $4, attempts = $5, not_before = $6, error = $7`, state, int64(batch.Attempts), notBefore, reason)
	if errors.Is(err, domain.ErrStale) {
		return nil // somebody else did it, or the run was cancelled
	}
	return err
}

func (w *writer) updateBatch(ctx context.Context, batch domain.Batch, set string, values ...any) error {
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
		return fmt.Errorf("updating batch %d of cycle run %d: %w", batch.Number, batch.Run, domain.ErrStale)
	}
	return nil
}

// RetryBatches makes the batches that were given up pending again.
func (w *writer) RetryBatches(ctx context.Context, run *domain.Run) error {
	if _, err := w.tx.ExecContext(ctx, `UPDATE cycle_run_batches SET state = 'PENDING', attempts = 0, not_before = 0, error = ''
		WHERE tenant = $1 AND run_id = $2 AND state = 'FAILED'`, string(w.tenant), int64(run.ID)); err != nil {
		return fmt.Errorf("going on with cycle run %d: %w", run.ID, err)
	}
	return w.addProgress(ctx, run)
}

// CreateProblems inserts problems of a run.
func (w *writer) CreateProblems(ctx context.Context, run domain.RunID, problems []domain.Problem) error {
	rows := make([][]any, len(problems))
	for i, p := range problems {
		rows[i] = []any{string(w.tenant), int64(run), int64(p.BillTo), string(p.Currency), p.Message, p.OfDraft}
	}
	return w.tx.InsertAll(ctx, "cycle_run_problems", []string{"tenant", "run_id", "bill_to_id", "currency", "message", "of_draft"}, rows)
}

// Billing is the domain's billing store on a database. The queue of the runs' work is their own tables, and a lease on a
// piece of work is the lock that the transaction doing it holds on its row: it ends with the transaction, also when the
// process that does it dies, without a clock and without a second store of truth. A queue beside them, such as River's,
// would have to be kept in step with that row. On SQLite, where every write transaction is alone, the workers of a process
// agree in memory on who reads for which batch.
type Billing struct {
	*store.Store[domain.BillingReader, domain.BillingWriter]
	db      *database.DB
	message store.Message
	mu      sync.Mutex
	// busy are the batches that workers of this process do on SQLite.
	busy map[place]bool
}

var _ domain.BillingStore = (*Billing)(nil)

// NewBilling is the billing store on a database that went through Migrations. A process has one for each database. message
// shows resources in the change feed.
func NewBilling(db *database.DB, message store.Message) *Billing {
	return &Billing{
		Store: store.New(db, message,
			func(r store.Reader) domain.BillingReader { return newReader(r) },
			func(w store.Writer) domain.BillingWriter { return newWriter(w) }),
		db: db, message: message, busy: map[place]bool{},
	}
}

// writer writes for a piece of work that was taken up in a transaction.
func (s *Billing) writer(tx *database.Tx, by auth.Principal, at time.Time) *writer {
	return newWriter(store.NewWriter(tx, s.message, by, at))
}

// Changed is closed at this process's next commit.
func (s *Billing) Changed() <-chan struct{} { return s.db.Committed() }
