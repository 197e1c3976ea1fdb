-- +goose Up
-- How often a failed scheduled run was retried automatically.
ALTER TABLE cycle_runs ADD COLUMN retries BIGINT NOT NULL DEFAULT 0;

-- Why the invoices of a run were voided together, and whether their periods were released; NULL: they were not.
ALTER TABLE cycle_runs ADD COLUMN void_reason TEXT;
ALTER TABLE cycle_runs ADD COLUMN void_releases BOOLEAN;

-- One more state. SQLite cannot change a CHECK, but drops it with its column.
DROP INDEX cycle_runs_open;
ALTER TABLE cycle_runs ADD COLUMN present_state TEXT NOT NULL DEFAULT 'PENDING'
    CHECK (present_state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'CANCELLED', 'FAILED', 'FINALIZING', 'DISCARDING', 'VOIDING'));
UPDATE cycle_runs SET present_state = state;
ALTER TABLE cycle_runs DROP COLUMN state;
ALTER TABLE cycle_runs RENAME COLUMN present_state TO state;
CREATE INDEX cycle_runs_open ON cycle_runs (created, tenant, id) WHERE state IN ('PENDING', 'RUNNING', 'FINALIZING', 'DISCARDING', 'VOIDING');
