package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// problems reads the first problems of the billing of a run (job 0) or of one of its jobs: first
// those of bill-tos, then those of batches.
func (r *reader) problems(ctx context.Context, of run.ID, job int, count int64) ([]run.Problem, error) {
	if count == 0 {
		return nil, nil
	}
	found, err := r.rows.ListProblems(ctx, rows.ListProblemsParams{
		Tenant: string(r.tenant), RunID: int64(of), Job: int64(job), Limit: run.MaxProblems,
	})
	return many("problems", found, err, problemOf)
}

func problemOf(row rows.ListProblemsRow) (run.Problem, error) {
	return run.Problem{
		BillTo: catalogue.BillToID(row.BillToID), Currency: money.Currency(row.Currency), Message: row.Message,
		Range: run.Range{After: catalogue.BillToID(row.AfterBillTo), Upto: catalogue.BillToID(row.UptoBillTo)},
	}, nil
}

// countProblems counts the problems of a run or a job, without the batches that were not done.
func (r *reader) countProblems(ctx context.Context, of run.ID, job int) (int64, error) {
	problems, err := r.rows.CountProblems(ctx, rows.CountProblemsParams{Tenant: string(r.tenant), RunID: int64(of), Job: int64(job)})
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
	found := make([]rows.CycleRunProblem, len(problems))
	for i, p := range problems {
		found[i] = rows.CycleRunProblem{
			Tenant: string(w.tenant), RunID: int64(of), Job: int64(job), BillToID: int64(p.BillTo), Currency: string(p.Currency),
			AfterBillTo: int64(p.Range.After), UptoBillTo: int64(p.Range.Upto), Message: p.Message,
		}
	}
	return insertAll(ctx, w.tx, "cycle_run_problems", found)
}
