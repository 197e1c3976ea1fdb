package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// Drafts reads the drafts of a run for a range of bill-tos.
func (r *reader) Drafts(ctx context.Context, of run.ID, in run.Range) ([]invoice.Invoice, error) {
	if err := r.readByIndex(ctx); err != nil {
		return nil, err
	}
	found, err := r.rows.ListDrafts(ctx, rows.ListDraftsParams{
		Tenant: string(r.tenant), RunID: int64(of), AfterBillTo: int64(in.After), UptoBillTo: int64(in.Upto),
	})
	return many("drafts", found, err, invoiceOf)
}

// WholeDrafts is Drafts with the items.
func (r *reader) WholeDrafts(ctx context.Context, of run.ID, in run.Range) ([]invoice.Invoice, error) {
	drafts, err := r.Drafts(ctx, of, in)
	if err != nil {
		return nil, err
	}
	return drafts, r.addItems(ctx, drafts)
}

// keyed returns the condition that a row belongs to the tenant and has one of the given keys, which
// are BIGINT or TEXT. On PostgreSQL it looks the keys up one by one; with only the tenant, outdated
// statistics could make it read the whole table.
func keyed[T ~int32 | ~string](b *bound, tenant, column, typ string, keys []T) string {
	if b.tx.Engine != database.PostgreSQL {
		return `tenant = ` + b.value(tenant) + oneOf(b, column, keys)
	}
	return `(tenant, ` + column + `) IN (SELECT * FROM unnest(` + b.value(slices.Repeat([]string{tenant}, len(keys))) + `::TEXT[], ` +
		b.value(keys) + `::` + typ + `[]))`
}

// onInvoices returns the condition that a row is of one of the lines on one of the invoices.
func (b *bound) onInvoices(tenant string, invoices []invoice.ID, lines []line.ID) string {
	return keyed(b, tenant, "line_id", "BIGINT", lines) + oneOf(b, "invoice_id", invoices)
}

// HeldLines reads what drafts bill of lines, and what the lines were billed for before.
func (r *reader) HeldLines(ctx context.Context, drafts []invoice.ID, lines []line.ID) ([]invoice.HeldLine, error) {
	if len(drafts) == 0 || len(lines) == 0 {
		return nil, nil
	}
	if err := r.readByIndex(ctx); err != nil {
		return nil, err
	}
	b := bound{tx: r.tx}
	where := b.onInvoices(string(r.tenant), drafts, lines)
	if b.err != nil {
		return nil, b.err
	}
	return database.Select(ctx, r.tx, "line on a draft", func(row database.Row) (h invoice.HeldLine, err error) {
		var text string
		if err = row.Scan(&h.Line, &h.Invoice, &h.Start, &h.End, &h.Next, &h.Version, &h.Before, &h.Started, &h.BillDay, &h.Anchor, &h.Cycle, &text); err != nil {
			return h, err
		}
		pauses, err := pausesOf(text)
		h.Paused = slices.ContainsFunc(pauses, func(p line.Pause) bool { return p.From.Before(h.End) || p.From.Before(h.Next) })
		return h, err
	}, `SELECT h.line_id, h.invoice_id, h.first, h.upto, c.next_cycle_date, c.version,
			(SELECT MAX(p.period_start) FROM billed_periods p WHERE p.tenant = h.tenant AND p.line_id = h.line_id AND p.period_start < h.first),
			l.start_date, l.bill_day, l.anchor_date, l.bill_cycle, COALESCE(l.pauses, '')
		FROM (SELECT tenant, line_id, invoice_id, MIN(period_start) AS first, MAX(period_end) AS upto FROM billed_periods
			WHERE `+where+` GROUP BY tenant, line_id, invoice_id) AS h
		JOIN line_cycles c ON c.tenant = h.tenant AND c.id = h.line_id
		JOIN recurring_lines l ON l.tenant = h.tenant AND l.id = h.line_id
		ORDER BY h.line_id`, b.values...)
}

// addDrafts counts the settled drafts of a run, and updates the time of its last change.
func (r *reader) addDrafts(ctx context.Context, cycleRun *run.Run) error {
	count, err := r.rows.CountDrafts(ctx, rows.CountDraftsParams{Tenant: string(r.tenant), RunID: int64(cycleRun.ID)})
	if err != nil {
		return fmt.Errorf("counting the drafts of cycle run %d: %w", cycleRun.ID, err)
	}
	cycleRun.Drafts = invoice.DraftCount{Left: count.Remaining, Finalized: count.Finalized, Discarded: count.Discarded}
	cycleRun.Progressed(store.Instant(count.Updated))
	return nil
}

// SettleBatch marks a batch as done, and counts its drafts.
func (w *writer) SettleBatch(ctx context.Context, batch run.Batch, settled invoice.DraftCount) error {
	updated, err := w.rows.SettleBatch(ctx, rows.SettleBatchParams{
		Tenant: string(w.tenant), RunID: int64(batch.Run), Number: int64(batch.Number), Updated: w.at.UnixMicro(),
		Finalized: settled.Finalized, Discarded: settled.Discarded,
	})
	return w.updatedBatch(batch, updated, err)
}

// CountSettled counts a single draft in its batch. It waits for the batch if that is being
// processed.
func (w *writer) CountSettled(ctx context.Context, draft *invoice.Invoice, settled invoice.DraftCount) error {
	batches, err := w.rows.CountSettled(ctx, rows.CountSettledParams{
		Tenant: string(w.tenant), RunID: int64(draft.Run), BillToID: int64(draft.BillTo), Updated: w.at.UnixMicro(),
		Finalized: settled.Finalized, Discarded: settled.Discarded,
	})
	w.tellRun()
	if err == nil && batches != 1 {
		err = fmt.Errorf("it is in %d batches of its run", batches)
	}
	if err != nil {
		return fmt.Errorf("counting draft %s: %w", draft.ID, err)
	}
	return nil
}

var (
	draftKeys = []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "TEXT"}, {Name: "version", Type: "BIGINT"}}
	draftSet  = []database.Column{
		{Name: "number", Type: "BIGINT"}, {Name: "state", Type: "TEXT"}, {Name: "version", Type: "BIGINT"}, {Name: "updated", Type: "BIGINT"},
	}
)

// FinalizeDrafts gives drafts their numbers.
func (w *writer) FinalizeDrafts(ctx context.Context, drafts []invoice.Invoice) error {
	if len(drafts) == 0 {
		return nil
	}
	last, err := w.countNumbers(ctx, len(drafts))
	if err != nil {
		return err
	}
	finalized := make([][]any, len(drafts))
	for i := range drafts {
		draft := &drafts[i]
		before := draft.Version
		draft.Number, draft.State = last-int64(len(drafts)-i-1), invoice.Finalized
		draft.Version, draft.Updated = before+1, w.at
		finalized[i] = []any{string(w.tenant), string(draft.ID), before, draft.Number, string(draft.State), draft.Version, w.at.UnixMicro()}
	}
	updated, err := w.tx.UpdateAll(ctx, "invoices", draftKeys, draftSet, finalized)
	if err != nil {
		return fmt.Errorf("finalizing drafts: %w", err)
	}
	if updated != int64(len(drafts)) {
		return fmt.Errorf("finalizing %d drafts: %d have changed: %w", len(drafts), int64(len(drafts))-updated, mutation.ErrStale)
	}
	return w.recordInvoices(ctx, feed.Updated, drafts...)
}

// ReturnLines moves lines back if their version is still the one that was read.
func (w *writer) ReturnLines(ctx context.Context, lines []invoice.ReturnedLine) error {
	returned, dates := make([][]any, len(lines)), texts{}
	for i, l := range lines {
		returned[i] = []any{string(w.tenant), int64(l.Line), l.Version, dates.of(l.Next), orNull(dates.of(l.Last)), l.Version + 1, w.at.UnixMicro()}
	}
	moved, err := w.tx.UpdateAll(ctx, "line_cycles", lineCycleKeys, lineCycleSet, returned)
	if err != nil {
		return fmt.Errorf("moving lines back: %w", err)
	}
	if moved != int64(len(lines)) {
		return fmt.Errorf("moving %d lines back: %d have changed: %w", len(lines), int64(len(lines))-moved, mutation.ErrStale)
	}
	ids := make([]line.ID, len(lines))
	var unbilled [][]any
	for i, l := range lines {
		ids[i] = l.Line
		if l.SetsUnbilled {
			version := l.Version + 1
			unbilled = append(unbilled, []any{string(w.tenant), int64(l.Line), version, orNull(unbilledText(l.Unbilled)), version, w.at.UnixMicro()})
		}
	}
	if len(unbilled) > 0 {
		if _, err := w.tx.UpdateAll(ctx, "line_cycles", lineCycleKeys, unbilledSet, unbilled); err != nil {
			return fmt.Errorf("moving lines back: %w", err)
		}
	}
	return w.returnRates(ctx, ids)
}

// DeleteDrafts deletes drafts and what they hold.
func (w *writer) DeleteDrafts(ctx context.Context, drafts []invoice.Invoice, billed, credited []line.ID) error {
	ids := make([]invoice.ID, len(drafts))
	for i := range drafts {
		ids[i] = drafts[i].ID
	}
	// Select by state: by the missing number, PostgreSQL would also read all drafts deleted before.
	deleted, err := w.onDrafts(ctx, `DELETE FROM invoices`, `state = 'DRAFT'`, "id", ids)
	if err != nil {
		return err
	}
	if deleted != int64(len(drafts)) {
		return fmt.Errorf("deleting %d drafts: %d are none any more: %w", len(drafts), int64(len(drafts))-deleted, mutation.ErrStale)
	}
	if _, err := w.onDrafts(ctx, `DELETE FROM invoice_items`, `TRUE`, "invoice_id", ids); err != nil {
		return err
	}
	if err := w.release(ctx, `DELETE FROM billed_periods`, ids, billed); err != nil {
		return err
	}
	if err := w.release(ctx, `UPDATE line_credits SET invoice_id = NULL`, ids, credited); err != nil {
		return err
	}
	var charges []charge.ID
	for i := range drafts {
		charges = append(charges, drafts[i].BilledCharges()...)
	}
	if err := w.releaseCharges(ctx, ids, charges); err != nil {
		return err
	}
	return w.recordInvoices(ctx, feed.Deleted, drafts...)
}

// onDrafts runs a statement on the rows of drafts that match a condition, and returns their number.
func (w *writer) onDrafts(ctx context.Context, statement, condition, column string, ids []invoice.ID) (int64, error) {
	b := bound{tx: w.tx}
	where := ` WHERE ` + condition + ` AND ` + keyed(&b, string(w.tenant), column, "TEXT", ids)
	if b.err != nil {
		return 0, b.err
	}
	result, err := w.tx.ExecContext(ctx, statement+where, b.values...)
	if err != nil {
		return 0, fmt.Errorf("deleting drafts: %w", err)
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("deleting drafts: %w", err)
	}
	return rows, nil
}
