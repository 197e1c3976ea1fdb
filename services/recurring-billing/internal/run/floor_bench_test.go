package run_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// BenchmarkRunFloor measures the least that a run can be: two workers which read the lines of the batches of a run by one bare
// statement, move them on, and insert the rows that the run has inserted, each batch with a commit. They plan, claim, compute and
// encode nothing. It reports the ratio to a bare COPY of these rows, like BenchmarkRun.
func BenchmarkRunFloor(b *testing.B) {
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		b.Run(string(engine), func(b *testing.B) {
			lines := billingtest.BenchLines(b)
			from := billingtest.NewBench(b, engine, lines)
			runs := from.Batching(from.Store, run.LinesPerBatch)
			current, err := runs.Create(billingtest.As, billingtest.Day("2026-03-01"), run.Filter{}, false)
			if err != nil {
				b.Fatal(err)
			}
			from.Finish(runs)
			batches := writtenBatches(b, from.DB)
			var took time.Duration
			for b.Loop() {
				into := billingtest.NewBench(b, engine, lines).DB
				started := time.Now()
				var next atomic.Int64
				var group sync.WaitGroup
				for range 2 {
					group.Go(func() {
						for n := next.Add(1); n <= int64(len(batches)); n = next.Add(1) {
							if err := batches[n-1].write(into); err != nil {
								b.Error(err)
							}
						}
					})
				}
				group.Wait()
				took += time.Since(started)
			}
			if current = from.Get(current.ID); current.Batches != len(batches) {
				b.Fatalf("%d batches, not %d", len(batches), current.Batches)
			}
			b.ReportMetric(float64(b.N)*float64(lines/billingtest.LinesPerBillTo)/took.Seconds(), "invoices/s")
			b.ReportMetric(took.Seconds()/(float64(b.N)*copySeconds(b, from.DB, 1)), "x-COPY")
		})
	}
}

// writtenBatch is what a run has written for the lines of a batch, by table.
type writtenBatch struct {
	first, last int64
	moved       [][]any
	inserted    [4][][]any
}

// insertedTables are the tables into which a run inserts, the columns that it writes, and how their rows t belong to invoices i.
var insertedTables = [4]struct{ name, columns, of string }{
	{"billed_periods", "tenant line_id period_start period_end invoice_id", `t.invoice_id = i.id`},
	{"invoice_items", "tenant invoice_id items", `t.invoice_id = i.id`},
	{"invoices", "tenant id number state run_id bill_to_id customer_id issue_date currency total version created updated", `t.id = i.id`},
	{"change_feed", "tenant at actor resource resource_type kind state", `t.resource = 'invoices/' || i.id`},
}

// writtenBatches reads what a run has written.
func writtenBatches(b *testing.B, db *database.DB) (batches []writtenBatch) {
	b.Helper()
	read := func(ctx context.Context, tx *database.Tx, query string, columns int, args ...any) ([][]any, error) {
		return database.Select(ctx, tx, "row", func(row database.Row) ([]any, error) {
			values, pointers := make([]any, columns), make([]any, columns)
			for i := range values {
				pointers[i] = &values[i]
			}
			return values, row.Scan(pointers...)
		}, query, args...)
	}
	err := db.Read(b.Context(), func(ctx context.Context, tx *database.Tx) error {
		ranges, err := read(ctx, tx, `SELECT after_bill_to, upto_bill_to FROM cycle_run_batches ORDER BY number`, 2)
		if err != nil {
			return err
		}
		for _, in := range ranges {
			var batch writtenBatch
			for i, table := range insertedTables {
				columns := strings.Fields(table.columns)
				query := `SELECT t.` + strings.Join(columns, `, t.`) + ` FROM ` + table.name + ` t JOIN invoices i ON i.tenant = t.tenant AND ` + table.of +
					` WHERE i.bill_to_id > $1 AND i.bill_to_id <= $2 ORDER BY i.bill_to_id`
				if table.name == "billed_periods" {
					query += `, t.line_id`
				}
				rows, readErr := read(ctx, tx, query, len(columns), in...)
				batch.inserted[i], err = rows, errors.Join(err, readErr)
			}
			if err != nil || len(batch.inserted[0]) == 0 {
				return errors.Join(err, fmt.Errorf("reading the %d periods of a batch", len(batch.inserted[0])))
			}
			for _, period := range batch.inserted[0] {
				batch.moved = append(batch.moved, []any{period[0], period[1], int64(1), period[3], period[2], int64(2), int64(0)})
			}
			batch.first, batch.last = batch.moved[0][1].(int64), batch.moved[len(batch.moved)-1][1].(int64)
			batches = append(batches, batch)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return batches
}

// write reads the lines of the batch, on SQLite before the transaction in which it writes them.
func (w *writtenBatch) write(db *database.DB) error {
	ctx := context.Background()
	if db.Engine() == database.SQLite {
		if err := db.Read(ctx, w.readLines); err != nil {
			return err
		}
	}
	return db.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
		if db.Engine() == database.PostgreSQL {
			if err := w.readLines(ctx, tx); err != nil {
				return err
			}
		}
		moved, err := tx.UpdateAll(ctx, "line_cycles",
			[]database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}, {Name: "version", Type: "BIGINT"}},
			[]database.Column{{Name: "next_cycle_date", Type: "TEXT"}, {Name: "last_cycle_date", Type: "TEXT"}, {Name: "version", Type: "BIGINT"}, {Name: "updated", Type: "BIGINT"}},
			w.moved)
		if err == nil && moved != int64(len(w.moved)) {
			err = errors.New("not all lines were moved")
		}
		for i, table := range insertedTables {
			if err == nil {
				err = tx.InsertAll(ctx, table.name, strings.Fields(table.columns), w.inserted[i])
			}
		}
		return err
	})
}

// readLines reads what is needed to bill the lines.
func (w *writtenBatch) readLines(ctx context.Context, tx *database.Tx) error {
	return tx.Each(ctx, `SELECT l.id, l.bill_to_id, l.currency, l.item_code, COALESCE(l.master_item_code, ''), l.description, l.memo, l.start_date,
			COALESCE(l.end_date, ''), l.bill_day, l.bill_cycle, c.next_cycle_date, c.version, r.effective_date, r.monthly_amount
		FROM recurring_lines l JOIN line_cycles c ON c.tenant = l.tenant AND c.id = l.id JOIN line_rates r ON r.tenant = l.tenant AND r.line_id = l.id
		WHERE l.tenant = 't' AND l.id BETWEEN $1 AND $2 AND c.id BETWEEN $1 AND $2 AND r.line_id BETWEEN $1 AND $2`,
		[]any{w.first, w.last}, func(*database.Values) error { return nil })
}
