package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// EndedRuns lists runs that have ended by number.
func (r *reader) EndedRuns(ctx context.Context, after run.ID, limit int) ([]run.Run, error) {
	runs, err := database.Select(ctx, r.tx, "cycle run", scanRun,
		`SELECT `+runColumns+` FROM cycle_runs WHERE tenant = $1 AND id > $2 AND ended IS NOT NULL ORDER BY id LIMIT $3`,
		string(r.tenant), int64(after), limit)
	for i := range runs {
		if err == nil {
			err = r.addProgress(ctx, &runs[i])
		}
	}
	return runs, err
}

// InvoicesOf reads the invoices of many ids.
func (r *reader) InvoicesOf(ctx context.Context, ids []invoice.ID) ([]invoice.Invoice, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	b := bound{tx: r.tx}
	where := keyed(&b, string(r.tenant), "id", "TEXT", ids)
	if b.err != nil {
		return nil, b.err
	}
	invoices, err := database.Select(ctx, r.tx, "invoice", scanInvoice, `SELECT `+invoiceColumns+` FROM invoices WHERE `+where, b.values...)
	if err != nil {
		return nil, err
	}
	return invoices, r.addItems(ctx, invoices)
}

// KnownLines reads which numbers are those of lines.
func (r *reader) KnownLines(ctx context.Context, ids []line.ID) ([]line.ID, error) {
	return among(ctx, r, "recurring line", func(row database.Row) (id line.ID, err error) {
		return id, row.Scan(&id)
	}, `SELECT id FROM recurring_lines WHERE tenant = $1 AND id`, ids)
}

// ImportRun inserts a run that has ended, with its jobs.
func (w *writer) ImportRun(ctx context.Context, cycleRun *run.Run) error {
	if err := number(ctx, w, runKind, &cycleRun.ID); err != nil {
		return err
	}
	cycleRun.Version, cycleRun.Actor = 1, w.By.Actor
	filter, err := documentOf(cycleRun.Filter)
	if err != nil {
		return err
	}
	totals, err := documentOf(cycleRun.Totals)
	if err != nil {
		return err
	}
	if err := w.insert(ctx, runKind, cycleRun.ID, cycleRun,
		`INSERT INTO cycle_runs (tenant, `+runColumns+`)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0)`,
		string(w.tenant), int64(cycleRun.ID), cycleRun.AsOf, filter, cycleRun.Preview, cycleRun.LeaveDrafts, string(cycleRun.State), cycleRun.Scheduled, cycleRun.Actor,
		int64(cycleRun.Batches), int64(cycleRun.Done), cycleRun.Invoices, cycleRun.Periods, totals, cycleRun.ProblemCount, cycleRun.Ended.UnixMicro(),
		cycleRun.Version, cycleRun.Created.UnixMicro(), cycleRun.Updated.UnixMicro()); err != nil {
		return err
	}
	// What became of its drafts is counted as of one batch.
	if _, err := w.tx.ExecContext(ctx, `INSERT INTO cycle_run_batches (tenant, run_id, number, after_bill_to, upto_bill_to, state, error,
			finalized_count, discarded_count, attempts, not_before, invoice_count, period_count, totals)
		 VALUES ($1, $2, 1, 0, 0, 'DONE', '', $3, $4, 0, 0, 0, 0, '{}')`,
		string(w.tenant), int64(cycleRun.ID), cycleRun.Drafts.Finalized, cycleRun.Drafts.Discarded); err != nil {
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

var takenInvoiceColumns = []string{
	"tenant", "id", "number", "state", "run_id", "bill_to_id", "customer_id", "issue_date", "currency", "total", "credited",
	"void_reason", "voided", "void_date", "periods_released", "version", "created", "updated",
}

// ImportInvoices inserts invoices that have numbers.
func (w *writer) ImportInvoices(ctx context.Context, invoices []invoice.Invoice) error {
	if len(invoices) == 0 {
		return nil
	}
	rows := make([][]any, len(invoices))
	documents, dates := make([][]any, len(invoices)), texts{}
	var periods [][]any
	var lastRun run.ID
	var lastNumber int64
	for i := range invoices {
		inv := &invoices[i]
		inv.Revision = w.created()
		lastRun, lastNumber = max(lastRun, inv.Run), max(lastNumber, inv.Number)
		rows[i], documents[i] = w.importedRow(inv, dates), w.document(inv, dates)
		if !inv.Voiding.Released {
			for _, p := range inv.Periods() {
				periods = append(periods, []any{string(w.tenant), int64(p.Line), dates.of(p.Start), dates.of(p.End), string(inv.ID)})
			}
		}
	}
	for _, table := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{
		{"invoice_items", documentColumns, documents}, {"billed_periods", periodColumns, periods}, {"invoices", takenInvoiceColumns, rows},
	} {
		if err := w.insertAll(ctx, table.name, table.columns, table.rows); err != nil {
			return err
		}
	}
	if err := w.importCredits(ctx, invoices); err != nil {
		return err
	}
	if err := number(ctx, w, runKind, &lastRun); err != nil {
		return err
	}
	if _, err := w.tx.ExecContext(ctx, `INSERT INTO invoice_series (tenant, last) VALUES ($1, $2)
		ON CONFLICT (tenant) DO UPDATE SET last = excluded.last WHERE invoice_series.last < excluded.last`, string(w.tenant), lastNumber); err != nil {
		return fmt.Errorf("numbering invoices: %w", err)
	}
	return w.recordInvoices(ctx, feed.Created, invoices...)
}

// importedRow is the row of an invoice with what became of it.
func (w *writer) importedRow(i *invoice.Invoice, dates texts) []any {
	var credited, reason, voided, day, released any
	if i.Credited != 0 {
		credited = i.Credited
	}
	if i.State == invoice.Void {
		reason, voided, released = orNull(i.Voiding.Reason), i.Voiding.At.UnixMicro(), i.Voiding.Released
		day = i.Voiding.Day.String()
	}
	return []any{
		string(w.tenant), string(i.ID), i.Number, string(i.State), int64(i.Run), int64(i.BillTo), int64(i.Customer),
		dates.of(i.IssueDate), string(i.Currency), i.Total, credited, reason, voided, day, released, i.Version,
		i.Created.UnixMicro(), i.Updated.UnixMicro(),
	}
}

// importCredits notes the credits that invoices carry as carried, and keeps those that are not here. They are few.
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
			result, err := w.tx.ExecContext(ctx,
				`INSERT INTO line_credits (tenant, id, line_id, bill_to_id, from_date, to_date, amount, currency, reason, invoice_id)
				 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, COALESCE((SELECT cancel_reason FROM recurring_lines WHERE tenant = $1 AND id = $3), ''), $9)
				 ON CONFLICT (tenant, line_id) DO UPDATE SET invoice_id = excluded.invoice_id WHERE line_credits.invoice_id IS NULL`,
				string(w.tenant), id.New(), int64(item.Parts[0].Line), int64(inv.BillTo), item.Period.Start, item.Period.End,
				amount.Value.String(), string(amount.Currency), string(inv.ID))
			if err := took(result, err); err != nil {
				return fmt.Errorf("taking in a credit of line %d: %w", item.Parts[0].Line, err)
			}
		}
	}
	return nil
}

// took is what is wrong with a statement that was to write a row: ErrTaken where it wrote none.
func took(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	rows, err := result.RowsAffected()
	if err == nil && rows == 0 {
		err = mutation.ErrTaken
	}
	return err
}
