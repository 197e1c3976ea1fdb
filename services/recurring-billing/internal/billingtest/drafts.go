package billingtest

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// LeaveDrafts makes a run that leaves drafts, and returns it when it has ended.
func (w *Fixture) LeaveDrafts(asOf string) run.Run {
	w.T.Helper()
	cycleRun, err := w.Runs.CreateDraft(As, Day(asOf), run.Filter{})
	if err != nil {
		w.T.Fatal(err)
	}
	w.Finish(w.Runs)
	return w.Get(cycleRun.ID)
}

// Settle finalizes or discards the drafts of a run, and returns it when it has ended.
func (w *Fixture) Settle(id run.ID, how func(context.Context, run.ID) (run.Run, error)) run.Run {
	w.T.Helper()
	if _, err := how(As, id); err != nil {
		w.T.Fatal(err)
	}
	w.Finish(w.Runs)
	return w.CheckDrafts(id)
}

// CheckDrafts compares a run's counts with its drafts, and the periods and credits of drafts with
// those recorded as billed.
func (w *Fixture) CheckDrafts(id run.ID) run.Run {
	w.T.Helper()
	cycleRun := w.Get(id)
	left := w.Count(`SELECT count(*) FROM invoices WHERE run_id = $1 AND number IS NULL`, int64(id))
	numbered := w.Count(`SELECT count(*) FROM invoices WHERE run_id = $1 AND number IS NOT NULL`, int64(id))
	want := invoice.DraftCount{Left: left, Finalized: numbered, Discarded: cycleRun.Invoices - left - numbered}
	if cycleRun.Drafts != want {
		w.T.Errorf("run %d counts %+v of its drafts, it has %+v", id, cycleRun.Drafts, want)
	}
	if odd := w.Count(`SELECT count(*) FROM invoices WHERE (number IS NULL) <> (state = 'DRAFT')`); odd != 0 {
		w.T.Errorf("%d invoices are drafts with a number, or none without", odd)
	}
	for _, orphans := range []string{
		`SELECT count(*) FROM invoice_items WHERE invoice_id NOT IN (SELECT id FROM invoices)`,
		`SELECT count(*) FROM billed_periods WHERE invoice_id NOT IN (SELECT id FROM invoices)`,
		`SELECT count(*) FROM charges WHERE invoice_id IS NOT NULL AND invoice_id NOT IN (SELECT id FROM invoices)`,
		`SELECT count(*) FROM line_credits WHERE invoice_id IS NOT NULL AND invoice_id NOT IN (SELECT id FROM invoices)`,
	} {
		if n := w.Count(orphans); n != 0 {
			w.T.Errorf("%d rows belong to no invoice: %s", n, orphans)
		}
	}
	return cycleRun
}

// Holdings returns all billing data except runs and revisions, as texts.
func (w *Fixture) Holdings() (rows []string) {
	w.T.Helper()
	for _, query := range []string{
		`SELECT 'line ' || id || ' ' || next_cycle_date || ' ' || COALESCE(last_cycle_date, '-') FROM line_cycles ORDER BY id`,
		`SELECT 'credit ' || line_id || ' ' || COALESCE(invoice_id, '-') FROM line_credits ORDER BY line_id`,
		`SELECT 'charge ' || id || ' ' || COALESCE(invoice_id, '-') FROM charges ORDER BY id`,
		`SELECT 'period ' || line_id || ' ' || period_start || ' ' || period_end || ' ' || invoice_id FROM billed_periods ORDER BY line_id, period_start`,
		`SELECT 'invoice ' || id || ' ' || COALESCE(number, 0) || ' ' || state || ' ' || total || ' ' || version FROM invoices ORDER BY id`,
		`SELECT 'items ' || invoice_id || ' ' || items FROM invoice_items ORDER BY invoice_id`,
		`SELECT 'series ' || last FROM invoice_series`,
	} {
		if err := w.DB.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			found, err := database.Select(ctx, tx, "row", func(row database.Row) (text string, err error) { return text, row.Scan(&text) }, query)
			rows = append(rows, found...)
			return err
		}); err != nil {
			w.T.Fatal(err)
		}
	}
	return rows
}

// GrantCredits cancels every seventh line with a credit for billed days, so that the next invoices
// carry credits.
func (w *Fixture) GrantCredits(lines int, from string) {
	w.T.Helper()
	given := 0
	for id := 1; id <= lines; id += 7 {
		l, err := w.Lines.Cancel(As, line.ID(id), line.Cancel{Effective: Day(from), Reason: "MOVED", Credit: true})
		if err == nil && !l.Cancellation.Credit.IsZero() {
			given++
		}
	}
	if given == 0 {
		w.T.Fatal("no credit was given")
	}
}
