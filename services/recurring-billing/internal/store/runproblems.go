package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// problems reads the first problems of the billing of a run, which is job 0, or of a job of it, which has so many: those of
// bill-tos, then those of batches.
func (r *reader) problems(ctx context.Context, of run.ID, job int, count int64) ([]run.Problem, error) {
	if count == 0 {
		return nil, nil
	}
	return database.Select(ctx, r.tx, "problem", func(row database.Row) (p run.Problem, err error) {
		err = row.Scan(&p.BillTo, &p.Currency, &p.Range.After, &p.Range.Upto, &p.Message)
		return p, err
	}, `SELECT bill_to_id, currency, after_bill_to, upto_bill_to, message FROM cycle_run_problems WHERE tenant = $1 AND run_id = $2 AND job = $3
		UNION ALL SELECT 0, '', after_bill_to, upto_bill_to, error FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2 AND job = $3 AND state = 'FAILED'
		ORDER BY upto_bill_to, bill_to_id, currency LIMIT $4`, string(r.tenant), int64(of), int64(job), run.MostProblems)
}

// countProblems counts the problems of a run or a job, without the batches that were not done.
func (r *reader) countProblems(ctx context.Context, of run.ID, job int) (problems int64, err error) {
	err = r.tx.QueryRowContext(ctx, `SELECT count(*) FROM cycle_run_problems WHERE tenant = $1 AND run_id = $2 AND job = $3`,
		string(r.tenant), int64(of), int64(job)).Scan(&problems)
	if err != nil {
		return 0, fmt.Errorf("counting the problems of cycle run %d: %w", of, err)
	}
	return problems, nil
}

// CreateProblems inserts problems of a batch.
func (w *writer) CreateProblems(ctx context.Context, batch run.Batch, problems []run.Problem) error {
	return w.createProblems(ctx, batch.Run, batch.Job, problems)
}

func (w *writer) createProblems(ctx context.Context, of run.ID, job int, problems []run.Problem) error {
	rows := make([][]any, len(problems))
	for i, p := range problems {
		rows[i] = []any{
			string(w.tenant), int64(of), int64(job), int64(p.BillTo), string(p.Currency), int64(p.Range.After), int64(p.Range.Upto), p.Message,
		}
	}
	return w.tx.InsertAll(ctx, "cycle_run_problems",
		[]string{"tenant", "run_id", "job", "bill_to_id", "currency", "after_bill_to", "upto_bill_to", "message"}, rows)
}
