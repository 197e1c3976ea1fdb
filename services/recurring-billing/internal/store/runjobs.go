package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

func scanJob(r database.Row) (job run.Job, err error) {
	var ended sql.NullInt64
	err = r.Scan(&job.Number, &job.Kind, &job.State, &job.Actor, &job.Reason, &job.ReleasePeriods, &job.Batches, &job.Done,
		&job.ProblemCount, instant{&job.Created}, &ended)
	if ended.Valid {
		job.Ended = time.UnixMicro(ended.Int64).UTC()
	}
	return job, err
}

// endedAt is the column of when something ended, which it cuts to what the column holds.
func endedAt(ended *time.Time) any {
	if ended.IsZero() {
		return nil
	}
	*ended = time.UnixMicro(ended.UnixMicro()).UTC()
	return ended.UnixMicro()
}

// keepJob inserts a job of a run, or replaces what changes of it in the course of its life.
func (w *writer) keepJob(ctx context.Context, of run.ID, job *run.Job) error {
	job.Created = time.UnixMicro(job.Created.UnixMicro()).UTC()
	_, err := w.tx.ExecContext(ctx,
		`INSERT INTO cycle_run_jobs (tenant, run_id, number, kind, state, actor, reason, release_periods, batch_count, batches_done, problem_count, created, ended)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		 ON CONFLICT (tenant, run_id, number) DO UPDATE SET state = excluded.state, batches_done = excluded.batches_done,
			problem_count = excluded.problem_count, ended = excluded.ended`,
		string(w.tenant), int64(of), int64(job.Number), string(job.Kind), string(job.State), job.Actor, job.Reason, job.ReleasePeriods,
		int64(job.Batches), int64(job.Done), job.ProblemCount, job.Created.UnixMicro(), endedAt(&job.Ended))
	if err != nil {
		return fmt.Errorf("keeping job %d of cycle run %d: %w", job.Number, of, err)
	}
	return nil
}

// readJobs reads the jobs of a run as they were kept.
func readJobs(ctx context.Context, tx *database.Tx, tenant string, cycleRun *run.Run) (err error) {
	cycleRun.Jobs, err = database.Select(ctx, tx, "job", scanJob,
		`SELECT number, kind, state, actor, reason, release_periods, batch_count, batches_done, problem_count, created, ended
		 FROM cycle_run_jobs WHERE tenant = $1 AND run_id = $2 ORDER BY number`, tenant, int64(cycleRun.ID))
	if len(cycleRun.Jobs) == 0 {
		cycleRun.Jobs = nil
	}
	return err
}

// addJobs reads the jobs of a run, with what the one that goes on has done.
func (r *reader) addJobs(ctx context.Context, cycleRun *run.Run) error {
	if err := readJobs(ctx, r.tx, string(r.tenant), cycleRun); err != nil {
		return err
	}
	if job := cycleRun.Going(); job != nil {
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
func (r *reader) addJobBatches(ctx context.Context, cycleRun *run.Run, job *run.Job) (err error) {
	var last time.Time
	if err = r.tx.QueryRowContext(ctx, `SELECT count(CASE WHEN state = 'DONE' THEN 1 END), count(CASE WHEN state = 'FAILED' THEN 1 END), COALESCE(MAX(updated), 0)
		FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2 AND job = $3`, string(r.tenant), int64(cycleRun.ID), int64(job.Number)).
		Scan(&job.Done, &job.ProblemCount, instant{&last}); err != nil {
		return fmt.Errorf("counting what job %d of cycle run %d has done: %w", job.Number, cycleRun.ID, err)
	}
	cycleRun.Progressed(last)
	problems, err := r.countProblems(ctx, cycleRun.ID, job.Number)
	job.ProblemCount += problems
	return err
}

// ReopenDrafts makes batches with drafts pending again.
func (w *writer) ReopenDrafts(ctx context.Context, cycleRun *run.Run) error {
	return w.reopen(ctx, cycleRun, `draft_count > 0`)
}

// ReopenBilled makes batches that billed something pending again.
func (w *writer) ReopenBilled(ctx context.Context, cycleRun *run.Run) error {
	return w.reopen(ctx, cycleRun, `invoice_count > 0`)
}

// reopen makes the batches of a run that fit a condition pending for its last job. One that another job gave up stays a problem
// of that job.
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
