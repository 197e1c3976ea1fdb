package runner_test

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// watch is told of each step that a batch takes in the store: before may fail it, after is told what came of it and says
// what the caller is told. Either may be nil.
type watch struct {
	before func(step string) error
	after  func(step string, err error) error
}

// watchedReader and watchedWriter tell a watch of their steps.
type (
	watchedReader struct {
		domain.BatchReader
		watch
	}
	watchedWriter struct {
		domain.BatchWriter
		watch
	}
	watchedRuns struct {
		domain.RunWriter
		watch
	}
)

func step[T any](w watch, name string, do func() (T, error)) (result T, err error) {
	if w.before != nil {
		if err := w.before(name); err != nil {
			return result, err
		}
	}
	result, err = do()
	if w.after != nil {
		err = w.after(name, err)
	}
	return result, err
}

func (w *watchedReader) DueLines(ctx context.Context, in domain.Range, asOf date.Date, filter domain.Filter) ([]billing.Line, error) {
	return step(w.watch, "DueLines", func() ([]billing.Line, error) { return w.BatchReader.DueLines(ctx, in, asOf, filter) })
}

func (w *watchedReader) Credits(ctx context.Context, in domain.Range, filter domain.Filter) ([]billing.Credit, error) {
	return step(w.watch, "Credits", func() ([]billing.Credit, error) { return w.BatchReader.Credits(ctx, in, filter) })
}

func (w *watchedReader) Customers(ctx context.Context, in domain.Range) (map[domain.BillToID]domain.CustomerID, error) {
	return step(w.watch, "Customers", func() (map[domain.BillToID]domain.CustomerID, error) { return w.BatchReader.Customers(ctx, in) })
}

func (w *watchedReader) Descriptions(ctx context.Context, codes []string) (map[string]string, error) {
	return step(w.watch, "Descriptions", func() (map[string]string, error) { return w.BatchReader.Descriptions(ctx, codes) })
}

func (w *watchedReader) Drafts(ctx context.Context, run domain.RunID, in domain.Range) ([]domain.Invoice, error) {
	return step(w.watch, "Drafts", func() ([]domain.Invoice, error) { return w.BatchReader.Drafts(ctx, run, in) })
}

func (w *watchedReader) WholeDrafts(ctx context.Context, run domain.RunID, in domain.Range) ([]domain.Invoice, error) {
	return step(w.watch, "WholeDrafts", func() ([]domain.Invoice, error) { return w.BatchReader.WholeDrafts(ctx, run, in) })
}

func (w *watchedReader) HeldLines(ctx context.Context, drafts []domain.InvoiceID, lines []domain.LineID) ([]domain.HeldLine, error) {
	return step(w.watch, "HeldLines", func() ([]domain.HeldLine, error) { return w.BatchReader.HeldLines(ctx, drafts, lines) })
}

func (w *watchedWriter) SettleBatch(ctx context.Context, batch domain.Batch, settled domain.Drafts) error {
	_, err := step(w.watch, "SettleBatch", func() (any, error) { return nil, w.BatchWriter.SettleBatch(ctx, batch, settled) })
	return err
}

func (w *watchedWriter) FinalizeDrafts(ctx context.Context, drafts []domain.Invoice) error {
	_, err := step(w.watch, "FinalizeDrafts", func() (any, error) { return nil, w.BatchWriter.FinalizeDrafts(ctx, drafts) })
	return err
}

func (w *watchedWriter) ReturnLines(ctx context.Context, lines []domain.ReturnedLine) error {
	_, err := step(w.watch, "ReturnLines", func() (any, error) { return nil, w.BatchWriter.ReturnLines(ctx, lines) })
	return err
}

func (w *watchedWriter) DeleteDrafts(ctx context.Context, drafts []domain.Invoice, billed, credited []domain.LineID) error {
	_, err := step(w.watch, "DeleteDrafts", func() (any, error) { return nil, w.BatchWriter.DeleteDrafts(ctx, drafts, billed, credited) })
	return err
}

func (w *watchedWriter) BillLines(ctx context.Context, invoices []domain.Invoice) error {
	_, err := step(w.watch, "BillLines", func() (any, error) { return nil, w.BatchWriter.BillLines(ctx, invoices) })
	return err
}

func (w *watchedWriter) BillCredits(ctx context.Context, invoices []domain.Invoice) error {
	_, err := step(w.watch, "BillCredits", func() (any, error) { return nil, w.BatchWriter.BillCredits(ctx, invoices) })
	return err
}

func (w *watchedWriter) CreateInvoices(ctx context.Context, invoices []domain.Invoice) error {
	_, err := step(w.watch, "CreateInvoices", func() (any, error) { return nil, w.BatchWriter.CreateInvoices(ctx, invoices) })
	return err
}

func (w *watchedWriter) CreateProblems(ctx context.Context, run domain.RunID, problems []domain.Problem) error {
	_, err := step(w.watch, "CreateProblems", func() (any, error) { return nil, w.BatchWriter.CreateProblems(ctx, run, problems) })
	return err
}

func (w *watchedWriter) FinishBatch(ctx context.Context, batch domain.Batch, count domain.Count) error {
	_, err := step(w.watch, "FinishBatch", func() (any, error) { return nil, w.BatchWriter.FinishBatch(ctx, batch, count) })
	return err
}

func (w *watchedRuns) CreateBatches(ctx context.Context, run domain.RunID, ranges []domain.Range) error {
	_, err := step(w.watch, "CreateBatches", func() (any, error) { return nil, w.RunWriter.CreateBatches(ctx, run, ranges) })
	return err
}

func (w *watchedRuns) UpdateRun(ctx context.Context, run *domain.Run) error {
	_, err := step(w.watch, "UpdateRun", func() (any, error) { return nil, w.RunWriter.UpdateRun(ctx, run) })
	return err
}
