package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/figures"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// recently is how long a run that has ended is tally.
const recently = 24 * time.Hour

// The statements count by state, open and ended ones, and return the start of the oldest open one.
const (
	openRuns = `SELECT state, count(*), min(created) FROM (SELECT state, created FROM cycle_runs
		WHERE state IN ('PENDING', 'RUNNING') ORDER BY created LIMIT $1) AS open GROUP BY state`
	endedRuns = `SELECT state, count(*), NULL FROM (SELECT state FROM cycle_runs WHERE ended > $2 ORDER BY ended LIMIT $1) AS ended GROUP BY state`
	openJobs  = `SELECT state, count(*), min(created) FROM (SELECT state, created FROM cycle_run_jobs
		WHERE state = 'RUNNING' ORDER BY created LIMIT $1) AS open GROUP BY state`
	endedJobs = `SELECT state, count(*), NULL FROM (SELECT state FROM cycle_run_jobs WHERE ended > $2 ORDER BY ended LIMIT $1) AS ended GROUP BY state`
)

// Figures reads what metrics tell of cycle runs and their jobs.
func Figures(ctx context.Context, tx *database.Tx, now time.Time) ([]figures.Figure, error) {
	open, ended := []run.State{run.Pending, run.Running}, []run.State{run.Succeeded, run.Cancelled, run.Failed}
	var found []figures.Figure
	for _, of := range []struct {
		open, ended string
		states      []run.State
		count, age  figures.Gauge
	}{
		{openRuns, endedRuns, open, figures.Runs, figures.RunAge},
		{openJobs, endedJobs, open[1:], figures.RunJobs, figures.RunJobAge},
	} {
		running, err := countByState(ctx, tx, of.open, figures.MostCounted)
		if err != nil {
			return nil, err
		}
		for _, state := range of.states {
			counted, label := running[state], strings.ToLower(string(state))
			found = append(found, figures.Figure{Gauge: of.count, State: label, Value: counted.count},
				figures.Figure{Gauge: of.age, State: label, Value: figures.Age(now, counted.oldest)})
		}
		over, err := countByState(ctx, tx, of.ended, figures.MostCounted, now.Add(-recently).UnixMicro())
		if err != nil {
			return nil, err
		}
		for _, state := range ended {
			found = append(found, figures.Figure{Gauge: of.count, State: strings.ToLower(string(state)), Value: over[state].count})
		}
	}
	return found, nil
}

type tally struct {
	count  float64
	oldest sql.NullInt64
}

func countByState(ctx context.Context, tx *database.Tx, query string, values ...any) (map[run.State]tally, error) {
	rows, err := tx.QueryContext(ctx, query, values...)
	if err != nil {
		return nil, fmt.Errorf("counting cycle runs: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err reports what matters
	found := map[run.State]tally{}
	for rows.Next() {
		var state run.State
		var one tally
		if err := rows.Scan(&state, &one.count, &one.oldest); err != nil {
			return nil, fmt.Errorf("counting cycle runs: %w", err)
		}
		found[state] = one
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("counting cycle runs: %w", err)
	}
	return found, nil
}
