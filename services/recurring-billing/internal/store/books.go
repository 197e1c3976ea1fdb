package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// EndedRuns lists runs that have ended, sorted by number.
func (r *reader) EndedRuns(ctx context.Context, after run.ID, limit int) ([]run.Run, error) {
	found, err := r.rows.ListEndedRuns(ctx, rows.ListEndedRunsParams{Tenant: string(r.tenant), ID: int64(after), Limit: int32(limit)})
	return r.withProgress(ctx, found, err)
}

// InvoicesOf reads the invoices with the given ids.
func (r *reader) InvoicesOf(ctx context.Context, ids []invoice.ID) ([]invoice.Invoice, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	b := bound{tx: r.tx}
	where := keyed(&b, string(r.tenant), "id", "TEXT", ids)
	if b.err != nil {
		return nil, b.err
	}
	found, err := r.where(` WHERE `+where, b.values...).SelectInvoices(ctx)
	invoices, err := many("invoices", found, err, invoiceOf)
	if err != nil {
		return nil, err
	}
	return invoices, r.addItems(ctx, invoices)
}

// ImportRun inserts a run that has ended, with its jobs.
func (w *writer) ImportRun(ctx context.Context, cycleRun *run.Run) error {
	if err := number(ctx, w, runKind, &cycleRun.ID); err != nil {
		return err
	}
	cycleRun.Version, cycleRun.Actor = 1, w.By.Actor
	row, err := runRow(w.tenant, cycleRun)
	if err != nil {
		return err
	}
	row.Retries = 0
	created, err := w.rows.CreateRun(ctx, rows.CreateRunParams(row))
	if err := w.inserted(ctx, runKind, cycleRun.ID, created, err, cycleRun); err != nil {
		return err
	}
	if err := w.rows.CreateImportedBatch(ctx, rows.CreateImportedBatchParams{
		Tenant: string(w.tenant), RunID: int64(cycleRun.ID), FinalizedCount: cycleRun.Drafts.Finalized, DiscardedCount: cycleRun.Drafts.Discarded,
	}); err != nil {
		return fmt.Errorf("importing what became of the drafts of cycle run %d: %w", cycleRun.ID, err)
	}
	for i := range cycleRun.Jobs {
		job := &cycleRun.Jobs[i]
		if err := w.keepJob(ctx, cycleRun.ID, job); err != nil {
			return err
		}
		if err := w.createProblems(ctx, cycleRun.ID, job.Number, job.Problems); err != nil {
			return err
		}
	}
	return w.createProblems(ctx, cycleRun.ID, 0, cycleRun.Problems)
}

// ImportInvoices inserts invoices that have numbers.
func (w *writer) ImportInvoices(ctx context.Context, invoices []invoice.Invoice) error {
	if len(invoices) == 0 {
		return nil
	}
	imported, documents := make([]rows.Invoice, len(invoices)), make([]rows.InvoiceItem, len(invoices))
	var periods []rows.BilledPeriod
	runs := make([]run.ID, len(invoices))
	var lastNumber int64
	dates, buffer := texts{}, []byte(nil)
	given, err := w.creditedOn(ctx, invoices)
	if err != nil {
		return err
	}
	for i := range invoices {
		inv := &invoices[i]
		inv.Revision = w.created()
		runs[i], lastNumber = inv.Run, max(lastNumber, inv.Number)
		buffer = appendItems(buffer[:0], inv, dates)
		imported[i] = invoiceRow(w.tenant, inv)
		documents[i] = rows.InvoiceItem{Tenant: string(w.tenant), InvoiceID: string(inv.ID), Items: string(buffer)}
		if !inv.Voiding.Released {
			for _, p := range inv.PeriodsLeft(given) {
				periods = append(periods, rows.BilledPeriod{
					Tenant: string(w.tenant), LineID: int64(p.Line), PeriodStart: dates.of(p.Start), PeriodEnd: dates.of(p.End), InvoiceID: string(inv.ID),
				})
			}
		}
	}
	if err := w.keepProration(ctx, invoices); err != nil {
		return err
	}
	if err := importAll(ctx, w, "invoice_items", documents); err != nil {
		return err
	}
	if err := importAll(ctx, w, "billed_periods", periods); err != nil {
		return err
	}
	if err := importAll(ctx, w, "invoices", imported); err != nil {
		return err
	}
	if err := w.importCredits(ctx, invoices); err != nil {
		return err
	}
	if err := note(ctx, w, runKind, slices.Values(runs)); err != nil {
		return err
	}
	if err := w.rows.NoteInvoice(ctx, rows.NoteInvoiceParams{Tenant: string(w.tenant), Last: lastNumber}); err != nil {
		return fmt.Errorf("numbering invoices: %w", err)
	}
	return w.recordInvoices(ctx, feed.Created, invoices...)
}

// creditedOn reads the credits of the lines that invoices bill.
func (w *writer) creditedOn(ctx context.Context, invoices []invoice.Invoice) ([]invoice.GivenCredit, error) {
	var lines []line.ID
	for i := range invoices {
		billed, _ := invoices[i].BilledLines()
		lines = append(lines, billed...)
	}
	slices.Sort(lines)
	return w.GivenCredits(ctx, slices.Compact(lines))
}

// keepProration records that the tenant billed by period, if the invoices did.
func (w *writer) keepProration(ctx context.Context, invoices []invoice.Invoice) error {
	byPeriod := func(item billing.InvoiceItem) bool { return !item.Credit && item.OneOff == 0 && !item.Parts[0].ByMonth }
	if !slices.ContainsFunc(invoices, func(i invoice.Invoice) bool { return slices.ContainsFunc(i.Items, byPeriod) }) {
		return nil
	}
	if err := w.rows.BillByPeriod(ctx, string(w.tenant)); err != nil {
		return fmt.Errorf("noting how periods were priced: %w", err)
	}
	return nil
}

// importCredits records the credits that invoices carry, and stores those that are not here yet.
// There are few of them.
func (w *writer) importCredits(ctx context.Context, invoices []invoice.Invoice) error {
	for i := range invoices {
		inv := &invoices[i]
		for _, item := range inv.Items {
			if !item.Credit || inv.State == invoice.Void {
				continue
			}
			amount, err := inv.Amount(-item.Amount)
			if err != nil {
				return err
			}
			credit := line.Credit{
				BillTo: inv.BillTo, From: item.Period.Start, To: item.Period.End, Amount: amount, Invoice: string(inv.ID),
			}
			if err := w.carryCredit(ctx, line.ID(item.Parts[0].Line), credit); err != nil {
				return err
			}
		}
	}
	return nil
}

// carryCredit records that an invoice carries a credit of a line, and creates the credit if the line
// has none for its days.
func (w *writer) carryCredit(ctx context.Context, l line.ID, c line.Credit) error {
	carried, err := w.rows.CarryCredit(ctx, rows.CarryCreditParams{
		InvoiceID: nullable(c.Invoice), Tenant: string(w.tenant), LineID: int64(l), BillToID: int64(c.BillTo), FromDate: c.From.String(), Amount: c.Amount.Value.String(),
	})
	if err != nil {
		return fmt.Errorf("importing a credit of line %d: %w", l, err)
	}
	if carried > 0 {
		return nil
	}
	others, err := w.rows.CountCredits(ctx, rows.CountCreditsParams{Tenant: string(w.tenant), LineID: int64(l), FromDate: c.From.String()})
	if err != nil {
		return fmt.Errorf("importing a credit of line %d: %w", l, err)
	}
	if others > 0 {
		return fmt.Errorf("importing a credit of line %d: %w", l, mutation.ErrTaken)
	}
	return w.CreateCredit(ctx, l, c)
}
