-- +goose Up
-- oldest program: 213
-- Metrics count the runs and jobs that ended within a day.
CREATE INDEX cycle_runs_by_end ON cycle_runs (ended, state) WHERE ended IS NOT NULL;
CREATE INDEX cycle_run_jobs_by_end ON cycle_run_jobs (ended, state) WHERE ended IS NOT NULL;
