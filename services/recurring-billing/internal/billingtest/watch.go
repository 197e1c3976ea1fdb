package billingtest

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Watch observes each step of a batch in the store. before may make the step fail. after gets the
// result and may replace it. Either may be nil.
type Watch struct {
	Before func(step string) error
	After  func(step string, err error) error
}

// WatchedReader and WatchedWriter report their steps to a Watch.
type (
	WatchedReader struct {
		run.BatchReader
		Watch
	}
	WatchedWriter struct {
		run.BatchWriter
		Watch
	}
	WatchedRuns struct {
		run.Writer
		Watch
	}
)

func step[T any](w Watch, name string, do func() (T, error)) (result T, err error) {
	if w.Before != nil {
		if err := w.Before(name); err != nil {
			return result, err
		}
	}
	result, err = do()
	if w.After != nil {
		err = w.After(name, err)
	}
	return result, err
}

// DueLines reports a step.
func (w *WatchedReader) DueLines(ctx context.Context, in run.Range, asOf date.Date, filter run.Filter) ([]billing.Billable, error) {
	return step(w.Watch, "DueLines", func() ([]billing.Billable, error) { return w.BatchReader.DueLines(ctx, in, asOf, filter) })
}

// Credits reports a step.
func (w *WatchedReader) Credits(ctx context.Context, in run.Range, filter run.Filter) ([]billing.Grant, error) {
	return step(w.Watch, "Credits", func() ([]billing.Grant, error) { return w.BatchReader.Credits(ctx, in, filter) })
}

// DueCharges reports a step.
func (w *WatchedReader) DueCharges(ctx context.Context, in run.Range, asOf date.Date, filter run.Filter) ([]billing.OneOff, error) {
	return step(w.Watch, "DueCharges", func() ([]billing.OneOff, error) { return w.BatchReader.DueCharges(ctx, in, asOf, filter) })
}

// Customers reports a step.
func (w *WatchedReader) Customers(ctx context.Context, in run.Range) (map[catalogue.BillToID]catalogue.CustomerID, error) {
	return step(w.Watch, "Customers", func() (map[catalogue.BillToID]catalogue.CustomerID, error) { return w.BatchReader.Customers(ctx, in) })
}

// Descriptions reports a step.
func (w *WatchedReader) Descriptions(ctx context.Context, codes []string) (map[string]string, error) {
	return step(w.Watch, "Descriptions", func() (map[string]string, error) { return w.BatchReader.Descriptions(ctx, codes) })
}

// Drafts reports a step.
func (w *WatchedReader) Drafts(ctx context.Context, of run.ID, in run.Range) ([]invoice.Invoice, error) {
	return step(w.Watch, "Drafts", func() ([]invoice.Invoice, error) { return w.BatchReader.Drafts(ctx, of, in) })
}

// WholeDrafts reports a step.
func (w *WatchedReader) WholeDrafts(ctx context.Context, of run.ID, in run.Range) ([]invoice.Invoice, error) {
	return step(w.Watch, "WholeDrafts", func() ([]invoice.Invoice, error) { return w.BatchReader.WholeDrafts(ctx, of, in) })
}

// HeldLines reports a step.
func (w *WatchedReader) HeldLines(ctx context.Context, drafts []invoice.ID, lines []line.ID) ([]invoice.HeldLine, error) {
	return step(w.Watch, "HeldLines", func() ([]invoice.HeldLine, error) { return w.BatchReader.HeldLines(ctx, drafts, lines) })
}

// SettleBatch reports a step.
func (w *WatchedWriter) SettleBatch(ctx context.Context, batch run.Batch, settled invoice.DraftCount) error {
	_, err := step(w.Watch, "SettleBatch", func() (any, error) { return nil, w.BatchWriter.SettleBatch(ctx, batch, settled) })
	return err
}

// FinalizeDrafts reports a step.
func (w *WatchedWriter) FinalizeDrafts(ctx context.Context, drafts []invoice.Invoice) error {
	_, err := step(w.Watch, "FinalizeDrafts", func() (any, error) { return nil, w.BatchWriter.FinalizeDrafts(ctx, drafts) })
	return err
}

// ReturnLines reports a step.
func (w *WatchedWriter) ReturnLines(ctx context.Context, lines []invoice.ReturnedLine) error {
	_, err := step(w.Watch, "ReturnLines", func() (any, error) { return nil, w.BatchWriter.ReturnLines(ctx, lines) })
	return err
}

// DeleteDrafts reports a step.
func (w *WatchedWriter) DeleteDrafts(ctx context.Context, drafts []invoice.Invoice, billed, credited []line.ID) error {
	_, err := step(w.Watch, "DeleteDrafts", func() (any, error) { return nil, w.BatchWriter.DeleteDrafts(ctx, drafts, billed, credited) })
	return err
}

// BillLines reports a step.
func (w *WatchedWriter) BillLines(ctx context.Context, bills run.Bills) error {
	_, err := step(w.Watch, "BillLines", func() (any, error) { return nil, w.BatchWriter.BillLines(ctx, bills) })
	return err
}

// BillCredits reports a step.
func (w *WatchedWriter) BillCredits(ctx context.Context, invoices []invoice.Invoice) error {
	_, err := step(w.Watch, "BillCredits", func() (any, error) { return nil, w.BatchWriter.BillCredits(ctx, invoices) })
	return err
}

// BillCharges reports a step.
func (w *WatchedWriter) BillCharges(ctx context.Context, invoices []invoice.Invoice) error {
	_, err := step(w.Watch, "BillCharges", func() (any, error) { return nil, w.BatchWriter.BillCharges(ctx, invoices) })
	return err
}

// CreateInvoices reports a step.
func (w *WatchedWriter) CreateInvoices(ctx context.Context, bills run.Bills) error {
	_, err := step(w.Watch, "CreateInvoices", func() (any, error) { return nil, w.BatchWriter.CreateInvoices(ctx, bills) })
	return err
}

// CreateProblems reports a step.
func (w *WatchedWriter) CreateProblems(ctx context.Context, batch run.Batch, problems []run.Problem) error {
	_, err := step(w.Watch, "CreateProblems", func() (any, error) { return nil, w.BatchWriter.CreateProblems(ctx, batch, problems) })
	return err
}

// FinishBatch reports a step.
func (w *WatchedWriter) FinishBatch(ctx context.Context, batch run.Batch, count run.Count) error {
	_, err := step(w.Watch, "FinishBatch", func() (any, error) { return nil, w.BatchWriter.FinishBatch(ctx, batch, count) })
	return err
}

// CreateBatches reports a step.
func (w *WatchedRuns) CreateBatches(ctx context.Context, of run.ID, ranges []run.Range) error {
	_, err := step(w.Watch, "CreateBatches", func() (any, error) { return nil, w.Writer.CreateBatches(ctx, of, ranges) })
	return err
}

// UpdateRun reports a step.
func (w *WatchedRuns) UpdateRun(ctx context.Context, cycleRun *run.Run) error {
	_, err := step(w.Watch, "UpdateRun", func() (any, error) { return nil, w.Writer.UpdateRun(ctx, cycleRun) })
	return err
}
