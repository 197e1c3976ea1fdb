package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// Archive is the domain's archive store on a database.
type Archive = store.Store[domain.ArchiveReader, domain.ArchiveWriter]

var _ domain.ArchiveStore = (*Archive)(nil)

// NewArchive is the archive store on a database that went through Migrations. message shows resources in the change feed.
func NewArchive(db *database.DB, message store.Message) *Archive {
	return store.New(db, message,
		func(r store.Reader) domain.ArchiveReader { return newReader(r) },
		func(w store.Writer) domain.ArchiveWriter { return newWriter(w) })
}

// EndedRuns lists runs that have ended by number.
func (r *reader) EndedRuns(ctx context.Context, after domain.RunID, limit int) ([]domain.Run, error) {
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
func (r *reader) InvoicesOf(ctx context.Context, ids []domain.InvoiceID) ([]domain.Invoice, error) {
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
func (r *reader) KnownLines(ctx context.Context, ids []domain.LineID) ([]domain.LineID, error) {
	return among(ctx, r, "recurring line", func(row database.Row) (id domain.LineID, err error) {
		return id, row.Scan(&id)
	}, `SELECT id FROM recurring_lines WHERE tenant = $1 AND id`, ids)
}

// TakeRun inserts a run that has ended. A batch that was given up is kept as one, since its problem tells what it held.
func (w *writer) TakeRun(ctx context.Context, run *domain.Run) error {
	if err := number(ctx, w, runKind, &run.ID); err != nil {
		return err
	}
	run.Version, run.Actor = 1, w.By.Actor
	filter, err := documentOf(run.Filter)
	if err != nil {
		return err
	}
	totals, err := documentOf(run.Totals)
	if err != nil {
		return err
	}
	if err := w.insert(ctx, runKind, run.ID, run,
		`INSERT INTO cycle_runs (tenant, `+runColumns+`)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, $9, NULL, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0, NULL, NULL)`,
		string(w.tenant), int64(run.ID), run.AsOf, filter, run.DryRun, run.LeaveDrafts, string(run.State), run.Scheduled, run.Actor,
		int64(run.Batches), int64(run.Done), run.Invoices, run.Periods, totals, run.ProblemCount, run.Ended.UnixMicro(),
		run.Version, run.Created.UnixMicro(), run.Updated.UnixMicro()); err != nil {
		return err
	}
	var problems []domain.Problem
	batch := func(in domain.Range, state, reason string, drafts domain.Drafts) []any {
		return []any{string(w.tenant), int64(run.ID), int64(in.After), int64(in.Upto), state, reason, drafts.Finalized, drafts.Discarded}
	}
	// What became of its drafts is counted as of one batch.
	batches := [][]any{batch(domain.Range{}, "DONE", "", run.Drafts)}
	for _, problem := range run.Problems {
		if problem.BillTo != 0 {
			problems = append(problems, problem)
			continue
		}
		in, reason := problem.Range()
		batches = append(batches, batch(in, "FAILED", reason, domain.Drafts{}))
	}
	for number, batch := range batches {
		if _, err := w.tx.ExecContext(ctx, `INSERT INTO cycle_run_batches (tenant, run_id, after_bill_to, upto_bill_to, state, error,
				finalized_count, discarded_count, number, attempts, not_before, invoice_count, period_count, totals)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, 0, '{}')`, append(batch, int64(number+1))...); err != nil {
			return fmt.Errorf("taking in the batches of cycle run %d: %w", run.ID, err)
		}
	}
	return w.CreateProblems(ctx, run.ID, problems)
}

var takenInvoiceColumns = []string{
	"tenant", "id", "number", "state", "run_id", "bill_to_id", "customer_id", "issue_date", "currency", "total", "credited",
	"void_reason", "voided", "void_date", "periods_released", "version", "created", "updated",
}

// TakeInvoices inserts invoices that have numbers.
func (w *writer) TakeInvoices(ctx context.Context, invoices []domain.Invoice) error {
	if len(invoices) == 0 {
		return nil
	}
	rows := make([][]any, len(invoices))
	documents, dates := make([][]any, len(invoices)), texts{}
	var periods [][]any
	var lastRun domain.RunID
	var lastNumber int64
	for i := range invoices {
		invoice := &invoices[i]
		invoice.Revision = w.created()
		lastRun, lastNumber = max(lastRun, invoice.Run), max(lastNumber, invoice.Number)
		rows[i], documents[i] = w.takenRow(invoice, dates), w.document(invoice, dates)
		if !invoice.Voiding.Released {
			for _, p := range invoice.Periods() {
				periods = append(periods, []any{string(w.tenant), int64(p.Line), dates.of(p.Start), dates.of(p.End), string(invoice.ID)})
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
	if err := w.takeCredits(ctx, invoices); err != nil {
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

// takenRow is the row of an invoice with what became of it.
func (w *writer) takenRow(i *domain.Invoice, dates texts) []any {
	var credited, reason, voided, day, released any
	if i.Credited != 0 {
		credited = i.Credited
	}
	if i.State == domain.InvoiceVoid {
		reason, voided, released = orNull(i.Voiding.Reason), i.Voiding.At.UnixMicro(), i.Voiding.Released
		day = i.Voiding.Day.String()
	}
	return []any{
		string(w.tenant), string(i.ID), i.Number, string(i.State), int64(i.Run), int64(i.BillTo), int64(i.Customer),
		dates.of(i.IssueDate), string(i.Currency), i.Total, credited, reason, voided, day, released, i.Version,
		i.Created.UnixMicro(), i.Updated.UnixMicro(),
	}
}

// takeCredits notes the credits that invoices carry as carried, and keeps those that are not here. They are few.
func (w *writer) takeCredits(ctx context.Context, invoices []domain.Invoice) error {
	for i := range invoices {
		invoice := &invoices[i]
		for _, item := range invoice.Items {
			if !item.Credit || invoice.State == domain.InvoiceVoid {
				continue
			}
			amount, err := invoice.Amount(-item.Amount)
			if err != nil {
				return err
			}
			result, err := w.tx.ExecContext(ctx,
				`INSERT INTO line_credits (tenant, id, line_id, bill_to_id, from_date, to_date, amount, currency, reason, invoice_id)
				 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, COALESCE((SELECT cancel_reason FROM recurring_lines WHERE tenant = $1 AND id = $3), ''), $9)
				 ON CONFLICT (tenant, line_id) DO UPDATE SET invoice_id = excluded.invoice_id WHERE line_credits.invoice_id IS NULL`,
				string(w.tenant), id.New(), int64(item.Parts[0].Line), int64(invoice.BillTo), item.Period.Start, item.Period.End,
				amount.Value.String(), string(amount.Currency), string(invoice.ID))
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
		err = domain.ErrTaken
	}
	return err
}
