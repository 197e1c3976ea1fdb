-- +goose Up
-- Changes of the rates of many lines. plan is a JSON document of what a caller decides; the columns behind actor are what the jobs
-- that apply and undo it have done so far.
CREATE TABLE rate_increases (
    tenant     TEXT   NOT NULL,
    id         BIGINT NOT NULL,
    plan       TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('PLANNED', 'APPLYING', 'APPLIED', 'APPLY_CANCELLED', 'UNDOING', 'UNDONE', 'UNDO_CANCELLED')),
    actor      TEXT   NOT NULL, -- who applies or undoes it
    applied_to BIGINT NOT NULL, -- the last line that was applied to
    undone_to  BIGINT NOT NULL, -- the last line that was undone
    applied    BIGINT NOT NULL, -- how many lines; likewise the next three
    skipped    BIGINT NOT NULL,
    undone     BIGINT NOT NULL,
    kept       BIGINT NOT NULL,
    change     TEXT   NOT NULL, -- JSON: the change of the monthly amounts in minor units, by currency
    attempts   BIGINT NOT NULL, -- how often the next step failed
    not_before BIGINT NOT NULL, -- when the next step is tried
    failure    TEXT   NOT NULL, -- why the last attempt failed; empty: it did not
    ended      BIGINT,          -- when a job last ended; NULL: none has
    version    BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX rate_increases_open ON rate_increases (updated, tenant, id) WHERE state IN ('APPLYING', 'UNDOING');

-- What they did to each line. The key keeps a line from being raised twice.
CREATE TABLE rate_increase_lines (
    tenant         TEXT   NOT NULL,
    increase_id    BIGINT NOT NULL,
    line_id        BIGINT NOT NULL,
    outcome        TEXT   NOT NULL CHECK (outcome IN ('APPLIED', 'SKIPPED', 'UNDONE', 'KEPT')),
    currency       TEXT   NOT NULL,
    old_amount     TEXT   NOT NULL,
    new_amount     TEXT,            -- this and the next two are NULL for a line that was skipped
    effective_date TEXT,
    applies_from   TEXT,            -- NULL also if it is the effective date
    reason_code    TEXT   NOT NULL,
    message        TEXT   NOT NULL,
    replaced       TEXT   NOT NULL, -- JSON: the rates that the new one replaced; empty: none
    PRIMARY KEY (tenant, increase_id, line_id)
);
