-- +goose Up
-- The jobs of a run after its billing has ended: its drafts are finalized or discarded, or its invoices voided. The state of the
-- run remains that of its billing.
CREATE TABLE cycle_run_jobs (
    tenant          TEXT    NOT NULL,
    run_id          BIGINT  NOT NULL,
    number          BIGINT  NOT NULL, -- 1 is the first job of a run; only the last one can be running
    kind            TEXT    NOT NULL CHECK (kind IN ('FINALIZE', 'DISCARD', 'VOID')),
    state           TEXT    NOT NULL CHECK (state IN ('RUNNING', 'SUCCEEDED', 'CANCELLED', 'FAILED')),
    actor           TEXT    NOT NULL, -- who started it
    reason          TEXT    NOT NULL, -- why the invoices are voided
    release_periods BOOLEAN NOT NULL, -- the periods of voided invoices become billable again
    batch_count     BIGINT  NOT NULL,
    batches_done    BIGINT  NOT NULL, -- this and the count below are those of a job that has ended
    problem_count   BIGINT  NOT NULL,
    created         BIGINT  NOT NULL,
    ended           BIGINT,           -- NULL: the job is running
    PRIMARY KEY (tenant, run_id, number)
);
CREATE INDEX cycle_run_jobs_open ON cycle_run_jobs (created, tenant, run_id) WHERE state = 'RUNNING';

-- The job that a batch was last queued for. The counts of invoices and drafts remain those of the run.
ALTER TABLE cycle_run_batches ADD COLUMN job BIGINT NOT NULL DEFAULT 0; -- 0: the billing

-- The problems of a run's billing, or of one of its jobs: with a bill-to, or with a whole batch that was given up.
CREATE TABLE problems_of_jobs (
    tenant        TEXT   NOT NULL,
    run_id        BIGINT NOT NULL,
    job           BIGINT NOT NULL, -- 0: the billing
    bill_to_id    BIGINT NOT NULL, -- 0: a batch
    currency      TEXT   NOT NULL,
    after_bill_to BIGINT NOT NULL, -- the range of the batch
    upto_bill_to  BIGINT NOT NULL,
    message       TEXT   NOT NULL,
    PRIMARY KEY (tenant, run_id, job, bill_to_id, currency, after_bill_to)
);
INSERT INTO problems_of_jobs (tenant, run_id, job, bill_to_id, currency, after_bill_to, upto_bill_to, message)
SELECT tenant, run_id, CASE WHEN of_draft THEN 1 ELSE 0 END, bill_to_id, currency, 0, 0, message FROM cycle_run_problems;
DROP TABLE cycle_run_problems;
ALTER TABLE problems_of_jobs RENAME TO cycle_run_problems;

-- So far a run recorded only its last job, in its own state: a voiding job by its reason, a discarding job by what it discarded
-- or failed to discard.
INSERT INTO cycle_run_jobs (tenant, run_id, number, kind, state, actor, reason, release_periods, batch_count, batches_done, problem_count, created, ended)
SELECT r.tenant, r.id, 1,
    CASE WHEN r.void_reason IS NOT NULL THEN 'VOID'
         WHEN r.state = 'FINALIZING' THEN 'FINALIZE'
         WHEN r.state = 'DISCARDING'
           OR EXISTS (SELECT 1 FROM cycle_run_problems p WHERE p.tenant = r.tenant AND p.run_id = r.id AND p.job = 1)
           OR (SELECT COALESCE(SUM(b.discarded_count - b.finalized_count), 0) FROM cycle_run_batches b WHERE b.tenant = r.tenant AND b.run_id = r.id) > 0
           THEN 'DISCARD'
         ELSE 'FINALIZE' END,
    CASE WHEN r.state IN ('FINALIZING', 'DISCARDING', 'VOIDING') THEN 'RUNNING'
         WHEN r.state = r.outcome
          AND NOT EXISTS (SELECT 1 FROM cycle_run_problems p WHERE p.tenant = r.tenant AND p.run_id = r.id AND p.job = 1)
          AND NOT EXISTS (SELECT 1 FROM cycle_run_batches b WHERE b.tenant = r.tenant AND b.run_id = r.id AND b.draft_count > 0)
           THEN 'SUCCEEDED'
         WHEN r.state IN ('CANCELLED', 'FAILED') THEN r.state
         ELSE 'SUCCEEDED' END,
    COALESCE(r.settled_by, ''), COALESCE(r.void_reason, ''), COALESCE(r.void_releases, FALSE), 0, 0, 0,
    COALESCE(r.ended, r.updated), r.ended
FROM cycle_runs r WHERE r.outcome IS NOT NULL;

UPDATE cycle_run_batches SET job = 1 WHERE EXISTS (
    SELECT 1 FROM cycle_run_jobs j WHERE j.tenant = cycle_run_batches.tenant AND j.run_id = cycle_run_batches.run_id
       AND CASE WHEN j.kind = 'VOID' THEN cycle_run_batches.invoice_count
                ELSE cycle_run_batches.draft_count + cycle_run_batches.finalized_count + cycle_run_batches.discarded_count END > 0);

UPDATE cycle_run_jobs SET
    batch_count = (SELECT count(*) FROM cycle_run_batches b WHERE b.tenant = cycle_run_jobs.tenant AND b.run_id = cycle_run_jobs.run_id AND b.job = 1),
    batches_done = (SELECT count(*) FROM cycle_run_batches b WHERE b.tenant = cycle_run_jobs.tenant AND b.run_id = cycle_run_jobs.run_id
        AND b.job = 1 AND b.state = 'DONE'),
    problem_count = (SELECT count(*) FROM cycle_run_batches b WHERE b.tenant = cycle_run_jobs.tenant AND b.run_id = cycle_run_jobs.run_id
        AND b.job = 1 AND b.state = 'FAILED')
      + (SELECT count(*) FROM cycle_run_problems p WHERE p.tenant = cycle_run_jobs.tenant AND p.run_id = cycle_run_jobs.run_id AND p.job = 1);

-- The state of a run becomes that of its billing. SQLite cannot change a CHECK, but drops it with its column.
DROP INDEX cycle_runs_open;
ALTER TABLE cycle_runs ADD COLUMN billing_state TEXT NOT NULL DEFAULT 'PENDING'
    CHECK (billing_state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'CANCELLED', 'FAILED'));
UPDATE cycle_runs SET billing_state = state WHERE outcome IS NULL;
UPDATE cycle_runs SET billing_state = outcome, ended = COALESCE(ended, updated),
    batches_done = (SELECT count(*) FROM cycle_run_batches b WHERE b.tenant = cycle_runs.tenant AND b.run_id = cycle_runs.id
        AND (b.job > 0 OR b.state = 'DONE')),
    problem_count = (SELECT count(*) FROM cycle_run_batches b WHERE b.tenant = cycle_runs.tenant AND b.run_id = cycle_runs.id
        AND b.job = 0 AND b.state = 'FAILED')
      + (SELECT count(*) FROM cycle_run_problems p WHERE p.tenant = cycle_runs.tenant AND p.run_id = cycle_runs.id AND p.job = 0)
WHERE outcome IS NOT NULL;
ALTER TABLE cycle_runs DROP COLUMN state;
ALTER TABLE cycle_runs RENAME COLUMN billing_state TO state;
ALTER TABLE cycle_runs DROP COLUMN outcome;
ALTER TABLE cycle_runs DROP COLUMN settled_by;
ALTER TABLE cycle_runs DROP COLUMN void_reason;
ALTER TABLE cycle_runs DROP COLUMN void_releases;
CREATE INDEX cycle_runs_open ON cycle_runs (created, tenant, id) WHERE state IN ('PENDING', 'RUNNING');
