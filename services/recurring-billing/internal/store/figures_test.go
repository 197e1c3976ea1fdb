package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/figures"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// loadRuns makes 4000 runs that ended once a minute, every fourth of which failed and has a job, and three
// that have not ended. Times are in microseconds.
var loadRuns = []string{
	`INSERT INTO cycle_runs (tenant, id, as_of_date, filter, preview, state, actor, batch_count, batches_done, invoice_count, period_count,
		totals, problem_count, ended, version, created, updated)
		SELECT 't', n, '2026-01-01', '{}', FALSE, CASE WHEN n % 4 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END, 'x', 1, 1, 0, 0, '{}', 0, n * 60000000, 1, 0, 0 FROM numbers`,
	`INSERT INTO cycle_run_jobs (tenant, run_id, number, kind, state, actor, reason, release_periods, batch_count, batches_done, problem_count, created, ended)
		SELECT 't', n, 1, 'VOID', 'SUCCEEDED', 'x', '', FALSE, 1, 1, 0, 0, n * 60000000 FROM numbers WHERE n % 4 = 0`,
	`UPDATE cycle_runs SET state = 'RUNNING', ended = NULL, created = 239400000000 WHERE id = 4000`,
	`UPDATE cycle_runs SET state = 'PENDING', ended = NULL, created = 239940000000 WHERE id IN (3998, 3999)`,
	`UPDATE cycle_run_jobs SET state = 'RUNNING', ended = NULL, created = 239940000000 WHERE run_id = 3996`,
	`ANALYZE`,
}

func TestFiguresOfRuns(t *testing.T) {
	now := time.Unix(4000*60, 0)
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		databasetest.Execute(t, db, databasetest.Numbers...)
		databasetest.Execute(t, db, loadRuns...)
		if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			got, err := store.Figures(ctx, tx, now)
			for _, want := range []figures.Figure{
				{Gauge: figures.Runs, State: "pending", Value: 2}, {Gauge: figures.Runs, State: "running", Value: 1},
				{Gauge: figures.Runs, State: "failed", Value: 359}, {Gauge: figures.Runs, State: "succeeded", Value: 1078}, {Gauge: figures.Runs, State: "cancelled"},
				{Gauge: figures.RunAge, State: "running", Value: 600}, {Gauge: figures.RunAge, State: "pending", Value: 60},
				{Gauge: figures.RunJobs, State: "running", Value: 1}, {Gauge: figures.RunJobs, State: "succeeded", Value: 359}, {Gauge: figures.RunJobs, State: "failed"},
				{Gauge: figures.RunJobAge, State: "running", Value: 60},
			} {
				if !slices.Contains(got, want) {
					t.Errorf("there is no %v in %v", want, got)
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for index, query := range map[string]string{"cycle_runs_by_end": store.EndedRuns, "cycle_run_jobs_by_end": store.EndedJobs} {
			// A recent time, as rows of an hour are few.
			if plan := explain(t, db, query, 100, now.Add(-time.Hour).UnixMicro()); !strings.Contains(plan, index) {
				t.Errorf("the plan must use %s, got\n%s", index, plan)
			}
		}
	})
}

// explain returns the plan of a statement.
func explain(t *testing.T, db *database.DB, query string, values ...any) string {
	t.Helper()
	prefix, columns := "EXPLAIN ", 1
	if db.Engine() == database.SQLite {
		prefix, columns = "EXPLAIN QUERY PLAN ", 4
	}
	var plan strings.Builder
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		rows, err := tx.QueryContext(ctx, prefix+query, values...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // Err reports what matters
		for rows.Next() {
			line, into := "", make([]any, columns)
			for i := range into {
				into[i] = new(any)
			}
			into[columns-1] = &line
			if err := rows.Scan(into...); err != nil {
				return err
			}
			plan.WriteString(line + "\n")
		}
		return rows.Err()
	}); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
