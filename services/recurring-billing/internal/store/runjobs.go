package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// jobRow converts a job to a row of its table.
func jobRow(tenant auth.Tenant, of run.ID, j *run.Job) rows.CycleRunJob {
	return rows.CycleRunJob{
		Tenant:         string(tenant),
		RunID:          int64(of),
		Number:         int64(j.Number),
		Kind:           string(j.Kind),
		State:          string(j.State),
		Actor:          j.Actor,
		Reason:         j.Reason,
		ReleasePeriods: j.ReleasePeriods,
		BatchCount:     int64(j.Batches),
		BatchesDone:    int64(j.Done),
		ProblemCount:   j.ProblemCount,
		Created:        j.Created.UnixMicro(),
		Ended:          endedAt(&j.Ended),
	}
}

// jobOf converts a row to a job.
func jobOf(row rows.CycleRunJob) (run.Job, error) {
	return run.Job{
		Number:         int(row.Number),
		Kind:           run.JobKind(row.Kind),
		State:          run.State(row.State),
		Actor:          row.Actor,
		Reason:         row.Reason,
		ReleasePeriods: row.ReleasePeriods,
		Batches:        int(row.BatchCount),
		Done:           int(row.BatchesDone),
		ProblemCount:   row.ProblemCount,
		Created:        store.Instant(row.Created),
		Ended:          store.Instant(row.Ended.Int64),
	}, nil
}

// endedAt converts an end time to its column, and truncates it to the column's precision.
func endedAt(ended *time.Time) sql.NullInt64 {
	if ended.IsZero() {
		return sql.NullInt64{}
	}
	*ended = time.UnixMicro(ended.UnixMicro()).UTC()
	return sql.NullInt64{Int64: ended.UnixMicro(), Valid: true}
}

// keepJob inserts or updates a job of a run.
func (w *writer) keepJob(ctx context.Context, of run.ID, job *run.Job) error {
	job.Created = time.UnixMicro(job.Created.UnixMicro()).UTC()
	if err := w.rows.PutJob(ctx, rows.PutJobParams(jobRow(w.tenant, of, job))); err != nil {
		return fmt.Errorf("keeping job %d of cycle run %d: %w", job.Number, of, err)
	}
	return nil
}

// readJobs reads the jobs of a run as stored.
func readJobs(ctx context.Context, from *rows.Queries, tenant string, cycleRun *run.Run) error {
	found, err := from.ListJobs(ctx, rows.ListJobsParams{Tenant: tenant, RunID: int64(cycleRun.ID)})
	cycleRun.Jobs, err = many("jobs", found, err, jobOf)
	if len(cycleRun.Jobs) == 0 {
		cycleRun.Jobs = nil
	}
	return err
}

// addJobs reads the jobs of a run, with the progress of the running one.
func (r *reader) addJobs(ctx context.Context, cycleRun *run.Run) error {
	if err := readJobs(ctx, r.rows, string(r.tenant), cycleRun); err != nil {
		return err
	}
	if job := cycleRun.RunningJob(); job != nil {
		if err := r.addJobBatches(ctx, cycleRun, job); err != nil {
			return err
		}
	}
	for i := range cycleRun.Jobs {
		job := &cycleRun.Jobs[i]
		var err error
		if job.Problems, err = r.problems(ctx, cycleRun.ID, job.Number, job.ProblemCount); err != nil {
			return err
		}
	}
	return nil
}

// addJobBatches counts what the batches of a job have done.
func (r *reader) addJobBatches(ctx context.Context, cycleRun *run.Run, job *run.Job) error {
	count, err := r.rows.CountJobBatches(ctx, rows.CountJobBatchesParams{Tenant: string(r.tenant), RunID: int64(cycleRun.ID), Job: int64(job.Number)})
	if err != nil {
		return fmt.Errorf("counting what job %d of cycle run %d has done: %w", job.Number, cycleRun.ID, err)
	}
	job.Done, job.ProblemCount = int(count.Done), count.Failed
	cycleRun.Progressed(store.Instant(count.Updated))
	problems, err := r.countProblems(ctx, cycleRun.ID, job.Number)
	job.ProblemCount += problems
	return err
}

// ReopenDrafts makes the batches with drafts pending again.
func (w *writer) ReopenDrafts(ctx context.Context, cycleRun *run.Run) error {
	return w.reopen(ctx, cycleRun, `draft_count > 0`)
}

// ReopenBilled makes the batches that billed something pending again.
func (w *writer) ReopenBilled(ctx context.Context, cycleRun *run.Run) error {
	return w.reopen(ctx, cycleRun, `invoice_count > 0`)
}

// reopen makes the batches of a run that match a condition pending for its last job. A batch that
// another job gave up stays a problem of that job.
func (w *writer) reopen(ctx context.Context, cycleRun *run.Run, which string) error {
	job := cycleRun.LastJob()
	if _, err := w.tx.ExecContext(ctx, `INSERT INTO cycle_run_problems (tenant, run_id, job, bill_to_id, currency, after_bill_to, upto_bill_to, message)
		SELECT tenant, run_id, job, 0, '', after_bill_to, upto_bill_to, error FROM cycle_run_batches
		WHERE tenant = $1 AND run_id = $2 AND state = 'FAILED' AND job > 0 AND `+which+` ON CONFLICT DO NOTHING`, string(w.tenant), int64(cycleRun.ID)); err != nil {
		return fmt.Errorf("starting a job of cycle run %d: %w", cycleRun.ID, err)
	}
	result, err := w.tx.ExecContext(ctx, `UPDATE cycle_run_batches SET state = 'PENDING', job = $3, attempts = 0, not_before = 0, error = ''
		WHERE tenant = $1 AND run_id = $2 AND state <> 'PENDING' AND `+which, string(w.tenant), int64(cycleRun.ID), int64(job.Number))
	if err != nil {
		return fmt.Errorf("starting a job of cycle run %d: %w", cycleRun.ID, err)
	}
	batches, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("starting a job of cycle run %d: %w", cycleRun.ID, err)
	}
	job.Batches = int(batches)
	return nil
}
