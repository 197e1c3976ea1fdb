-- +goose Up
-- One row for each cycle run. Filters and totals are JSON documents; totals are in minor units, by currency.
CREATE TABLE cycle_runs (
    tenant         TEXT    NOT NULL,
    id             BIGINT  NOT NULL,
    as_of_date     TEXT    NOT NULL,
    filter         TEXT    NOT NULL,
    dry_run        BOOLEAN NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'CANCELLED', 'FAILED')),
    scheduled_date TEXT,             -- NULL: not started by the schedule
    actor          TEXT    NOT NULL, -- who started it
    batch_count    BIGINT  NOT NULL,
    batches_done   BIGINT  NOT NULL, -- this and the counts below are those of a run that has ended
    invoice_count  BIGINT  NOT NULL,
    period_count   BIGINT  NOT NULL,
    totals         TEXT    NOT NULL,
    problem_count  BIGINT  NOT NULL,
    ended          BIGINT,           -- NULL: the run has not ended
    version        BIGINT  NOT NULL,
    created        BIGINT  NOT NULL,
    updated        BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, scheduled_date)
);
CREATE INDEX cycle_runs_open ON cycle_runs (created, tenant, id) WHERE state IN ('PENDING', 'RUNNING');

-- One row for each batch of a run: the bill-tos with numbers above after_bill_to and up to upto_bill_to. Together, the batches of
-- a run cover all possible numbers. The worker of a batch holds a lock on its row; that is the lease.
CREATE TABLE cycle_run_batches (
    tenant        TEXT   NOT NULL,
    run_id        BIGINT NOT NULL,
    number        BIGINT NOT NULL,
    after_bill_to BIGINT NOT NULL,
    upto_bill_to  BIGINT NOT NULL,
    state         TEXT   NOT NULL CHECK (state IN ('PENDING', 'DONE', 'CANCELLED', 'FAILED')),
    attempts      BIGINT NOT NULL,
    not_before    BIGINT NOT NULL, -- when a failed batch is retried
    error         TEXT   NOT NULL, -- the reason of the last failure
    invoice_count BIGINT NOT NULL,
    period_count  BIGINT NOT NULL,
    totals        TEXT   NOT NULL,
    PRIMARY KEY (tenant, run_id, number)
);
CREATE INDEX cycle_run_batches_pending ON cycle_run_batches (number, tenant, run_id) WHERE state = 'PENDING';

-- The reasons why bill-tos have no invoice of a run.
CREATE TABLE cycle_run_problems (
    tenant     TEXT   NOT NULL,
    run_id     BIGINT NOT NULL,
    bill_to_id BIGINT NOT NULL,
    currency   TEXT   NOT NULL,
    message    TEXT   NOT NULL,
    PRIMARY KEY (tenant, run_id, bill_to_id, currency)
);

-- The number of the latest invoice of each tenant. The transaction that writes invoices increments it, so the series has no gaps.
CREATE TABLE invoice_series (
    tenant TEXT   NOT NULL,
    last   BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);

-- id consists of the run, the bill-to and the currency, so a run makes at most one invoice for each bill-to and currency.
CREATE TABLE invoices (
    tenant      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    number      BIGINT,          -- NULL: a draft
    state       TEXT   NOT NULL CHECK (state IN ('DRAFT', 'FINALIZED', 'VOID')),
    run_id      BIGINT NOT NULL,
    bill_to_id  BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    issue_date  TEXT   NOT NULL,
    currency    TEXT   NOT NULL,
    total       BIGINT NOT NULL, -- minor units
    version     BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, number)
);
CREATE INDEX invoices_by_bill_to ON invoices (tenant, bill_to_id, number);
CREATE INDEX invoices_by_run ON invoices (tenant, run_id, number);

-- The items of an invoice and their parts, as one document that never changes.
CREATE TABLE invoice_items (
    tenant     TEXT NOT NULL,
    invoice_id TEXT NOT NULL,
    items      TEXT NOT NULL,
    PRIMARY KEY (tenant, invoice_id)
);

-- One row for each part of a period that a line was billed for. The key makes it impossible to bill the same days twice. The rows
-- of a void invoice whose periods are released are deleted; its document names them.
CREATE TABLE billed_periods (
    tenant       TEXT   NOT NULL,
    line_id      BIGINT NOT NULL,
    period_start TEXT   NOT NULL,
    period_end   TEXT   NOT NULL,
    invoice_id   TEXT   NOT NULL,
    PRIMARY KEY (tenant, line_id, period_start)
);

-- When a tenant's cycle run starts automatically.
CREATE TABLE billing_schedules (
    tenant       TEXT    NOT NULL,
    enabled      BOOLEAN NOT NULL,
    day_of_month BIGINT  NOT NULL CHECK (day_of_month BETWEEN 1 AND 31),
    time_zone    TEXT    NOT NULL,
    bill_cycles  TEXT    NOT NULL, -- letters; empty: all
    since        TEXT    NOT NULL, -- the first day that can have a run
    version      BIGINT  NOT NULL,
    created      BIGINT  NOT NULL,
    updated      BIGINT  NOT NULL,
    PRIMARY KEY (tenant)
);
