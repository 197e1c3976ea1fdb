-- +goose Up
-- Runs that leave their invoices as drafts, to be finalized or discarded afterwards. All of it stays at its default in other
-- runs, so that they write nothing for it.
ALTER TABLE cycle_runs ADD COLUMN leave_drafts BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE cycle_runs ADD COLUMN outcome TEXT;    -- the state that the billing ended in; NULL: its drafts were left alone
ALTER TABLE cycle_runs ADD COLUMN settled_by TEXT; -- who had them finalized or discarded last
ALTER TABLE billing_schedules ADD COLUMN leave_drafts BOOLEAN NOT NULL DEFAULT FALSE;

-- Two more states. SQLite changes no CHECK, but drops one with its column.
DROP INDEX cycle_runs_open;
ALTER TABLE cycle_runs ADD COLUMN present_state TEXT NOT NULL DEFAULT 'PENDING'
    CHECK (present_state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'CANCELLED', 'FAILED', 'FINALIZING', 'DISCARDING'));
UPDATE cycle_runs SET present_state = state;
ALTER TABLE cycle_runs DROP COLUMN state;
ALTER TABLE cycle_runs RENAME COLUMN present_state TO state;
CREATE INDEX cycle_runs_open ON cycle_runs (created, tenant, id) WHERE state IN ('PENDING', 'RUNNING', 'FINALIZING', 'DISCARDING');

-- What became of the invoices that a batch left as drafts. Whoever changes one counts it here, and thereby holds the batch.
ALTER TABLE cycle_run_batches ADD COLUMN draft_count BIGINT NOT NULL DEFAULT 0; -- those that are drafts now
ALTER TABLE cycle_run_batches ADD COLUMN finalized_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cycle_run_batches ADD COLUMN discarded_count BIGINT NOT NULL DEFAULT 0;

-- Why a draft could not be discarded: forgotten when it is tried again.
ALTER TABLE cycle_run_problems ADD COLUMN of_draft BOOLEAN NOT NULL DEFAULT FALSE;

-- Drafts are listed and finalized in this order. No other invoice has an entry.
CREATE INDEX invoices_drafts ON invoices (tenant, run_id, bill_to_id, currency) WHERE number IS NULL;
