package runner_test

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// draft makes a run that leaves drafts, and gives it when it has ended.
func (w *world) draft(asOf string) domain.Run {
	w.t.Helper()
	run, err := w.runs.CreateDraftRun(as, day(asOf), domain.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.finish(w.runs)
	return w.look(run.ID)
}

// settle finalizes or discards the drafts of a run, and gives it when it has ended.
func (w *world) settle(id domain.RunID, how func(context.Context, domain.RunID) (domain.Run, error)) domain.Run {
	w.t.Helper()
	if _, err := how(as, id); err != nil {
		w.t.Fatal(err)
	}
	w.finish(w.runs)
	return w.checkDrafts(id)
}

// checkDrafts compares what a run counts of its drafts with the drafts that there are, and what drafts hold with what is
// noted as billed.
func (w *world) checkDrafts(id domain.RunID) domain.Run {
	w.t.Helper()
	run := w.look(id)
	left := w.count(`SELECT count(*) FROM invoices WHERE run_id = $1 AND number IS NULL`, int64(id))
	numbered := w.count(`SELECT count(*) FROM invoices WHERE run_id = $1 AND number IS NOT NULL`, int64(id))
	want := domain.Drafts{Left: left, Finalized: numbered, Discarded: run.Invoices - left - numbered}
	if run.Drafts != want {
		w.t.Errorf("run %d counts %+v of its drafts, it has %+v", id, run.Drafts, want)
	}
	if odd := w.count(`SELECT count(*) FROM invoices WHERE (number IS NULL) <> (state = 'DRAFT')`); odd != 0 {
		w.t.Errorf("%d invoices are drafts with a number, or none without", odd)
	}
	for _, orphans := range []string{
		`SELECT count(*) FROM invoice_items WHERE invoice_id NOT IN (SELECT id FROM invoices)`,
		`SELECT count(*) FROM billed_periods WHERE invoice_id NOT IN (SELECT id FROM invoices)`,
		`SELECT count(*) FROM line_credits WHERE invoice_id IS NOT NULL AND invoice_id NOT IN (SELECT id FROM invoices)`,
	} {
		if n := w.count(orphans); n != 0 {
			w.t.Errorf("%d rows belong to no invoice: %s", n, orphans)
		}
	}
	return run
}

// holdings is all that billing keeps beside runs and revisions, as texts.
func (w *world) holdings() (rows []string) {
	w.t.Helper()
	for _, query := range []string{
		`SELECT 'line ' || id || ' ' || next_cycle_date || ' ' || COALESCE(last_cycle_date, '-') FROM line_cycles ORDER BY id`,
		`SELECT 'credit ' || line_id || ' ' || COALESCE(invoice_id, '-') FROM line_credits ORDER BY line_id`,
		`SELECT 'period ' || line_id || ' ' || period_start || ' ' || period_end || ' ' || invoice_id FROM billed_periods ORDER BY line_id, period_start`,
		`SELECT 'invoice ' || id || ' ' || COALESCE(number, 0) || ' ' || state || ' ' || total || ' ' || version FROM invoices ORDER BY id`,
		`SELECT 'items ' || invoice_id || ' ' || items FROM invoice_items ORDER BY invoice_id`,
		`SELECT 'series ' || last FROM invoice_series`,
	} {
		if err := w.db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			found, err := database.Select(ctx, tx, "row", func(row database.Row) (text string, err error) { return text, row.Scan(&text) }, query)
			rows = append(rows, found...)
			return err
		}); err != nil {
			w.t.Fatal(err)
		}
	}
	return rows
}

// credits cancels every seventh line with a credit for days that are billed, so that the next invoices carry credits.
func (w *world) credits(lines int, from string) {
	w.t.Helper()
	given := 0
	for id := 1; id <= lines; id += 7 {
		line, err := w.lines.CancelLine(as, domain.LineID(id), domain.Cancel{Effective: day(from), Reason: "MOVED", Credit: true}, false)
		if err == nil && !line.Cancellation.Credit.IsZero() {
			given++
		}
	}
	if given == 0 {
		w.t.Fatal("no credit was given")
	}
}
