-- +goose Up
-- Runs that leave their invoices as drafts, to be finalized or discarded afterwards. Other runs keep the defaults, so that they
-- do not write these columns.
ALTER TABLE cycle_runs ADD COLUMN leave_drafts BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE cycle_runs ADD COLUMN outcome TEXT;    -- the state that the billing ended in; NULL: the drafts were not settled
ALTER TABLE cycle_runs ADD COLUMN settled_by TEXT; -- who last finalized or discarded them
ALTER TABLE billing_schedules ADD COLUMN leave_drafts BOOLEAN NOT NULL DEFAULT FALSE;

-- Two more states. SQLite cannot change a CHECK, but drops it with its column.
DROP INDEX cycle_runs_open;
ALTER TABLE cycle_runs ADD COLUMN present_state TEXT NOT NULL DEFAULT 'PENDING'
    CHECK (present_state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'CANCELLED', 'FAILED', 'FINALIZING', 'DISCARDING'));
UPDATE cycle_runs SET present_state = state;
ALTER TABLE cycle_runs DROP COLUMN state;
ALTER TABLE cycle_runs RENAME COLUMN present_state TO state;
CREATE INDEX cycle_runs_open ON cycle_runs (created, tenant, id) WHERE state IN ('PENDING', 'RUNNING', 'FINALIZING', 'DISCARDING');

-- What became of the drafts of a batch. Changing a draft updates these counts, which locks the batch.
ALTER TABLE cycle_run_batches ADD COLUMN draft_count BIGINT NOT NULL DEFAULT 0; -- the present drafts
ALTER TABLE cycle_run_batches ADD COLUMN finalized_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cycle_run_batches ADD COLUMN discarded_count BIGINT NOT NULL DEFAULT 0;

-- Whether a problem is about discarding a draft. Such problems are deleted when discarding is tried again.
ALTER TABLE cycle_run_problems ADD COLUMN of_draft BOOLEAN NOT NULL DEFAULT FALSE;

-- The order in which drafts are listed and finalized. Only drafts are in this index.
CREATE INDEX invoices_drafts ON invoices (tenant, run_id, bill_to_id, currency) WHERE number IS NULL;
