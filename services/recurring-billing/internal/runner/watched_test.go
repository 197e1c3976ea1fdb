package runner_test

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// watchedWriter tells of each step that a batch takes in the store, before and after it.
type watchedWriter struct {
	domain.BillingWriter
	// before may fail the step; after is told what came of it.
	before func(step string) error
	after  func(step string, err error) error
}

func step[T any](w *watchedWriter, name string, do func() (T, error)) (result T, err error) {
	if err := w.before(name); err != nil {
		return result, err
	}
	result, err = do()
	return result, w.after(name, err)
}

func (w *watchedWriter) DueLines(ctx context.Context, in domain.Range, asOf date.Date, filter domain.Filter) ([]billing.Line, error) {
	return step(w, "DueLines", func() ([]billing.Line, error) { return w.BillingWriter.DueLines(ctx, in, asOf, filter) })
}

func (w *watchedWriter) Credits(ctx context.Context, in domain.Range) ([]billing.Credit, error) {
	return step(w, "Credits", func() ([]billing.Credit, error) { return w.BillingWriter.Credits(ctx, in) })
}

func (w *watchedWriter) Customers(ctx context.Context, in domain.Range) (map[domain.BillToID]domain.CustomerID, error) {
	return step(w, "Customers", func() (map[domain.BillToID]domain.CustomerID, error) { return w.BillingWriter.Customers(ctx, in) })
}

func (w *watchedWriter) Descriptions(ctx context.Context, codes []string) (map[string]string, error) {
	return step(w, "Descriptions", func() (map[string]string, error) { return w.BillingWriter.Descriptions(ctx, codes) })
}

func (w *watchedWriter) BillLines(ctx context.Context, invoices []domain.Invoice) error {
	_, err := step(w, "BillLines", func() (any, error) { return nil, w.BillingWriter.BillLines(ctx, invoices) })
	return err
}

func (w *watchedWriter) BillCredits(ctx context.Context, invoices []domain.Invoice) error {
	_, err := step(w, "BillCredits", func() (any, error) { return nil, w.BillingWriter.BillCredits(ctx, invoices) })
	return err
}

func (w *watchedWriter) CreateInvoices(ctx context.Context, invoices []domain.Invoice) error {
	_, err := step(w, "CreateInvoices", func() (any, error) { return nil, w.BillingWriter.CreateInvoices(ctx, invoices) })
	return err
}

func (w *watchedWriter) CreateProblems(ctx context.Context, run domain.RunID, problems []domain.Problem) error {
	_, err := step(w, "CreateProblems", func() (any, error) { return nil, w.BillingWriter.CreateProblems(ctx, run, problems) })
	return err
}

func (w *watchedWriter) FinishBatch(ctx context.Context, batch domain.Batch, count domain.Count) error {
	_, err := step(w, "FinishBatch", func() (any, error) { return nil, w.BillingWriter.FinishBatch(ctx, batch, count) })
	return err
}

func (w *watchedWriter) CreateBatches(ctx context.Context, run domain.RunID, ranges []domain.Range) error {
	_, err := step(w, "CreateBatches", func() (any, error) { return nil, w.BillingWriter.CreateBatches(ctx, run, ranges) })
	return err
}

func (w *watchedWriter) UpdateRun(ctx context.Context, run *domain.Run) error {
	_, err := step(w, "UpdateRun", func() (any, error) { return nil, w.BillingWriter.UpdateRun(ctx, run) })
	return err
}
