-- +goose Up
-- What a change credited and charged, as JSON, empty for nothing; and where it came from.
ALTER TABLE recurrence_changes ADD COLUMN lines TEXT NOT NULL DEFAULT '';
ALTER TABLE recurrence_changes ADD COLUMN quote_id TEXT NOT NULL DEFAULT '';
ALTER TABLE recurrence_changes ADD COLUMN scheduled_change_id TEXT NOT NULL DEFAULT '';

-- Changes that happen on a day to come.
CREATE TABLE scheduled_changes (
    tenant              TEXT   NOT NULL,
    customer_id         TEXT   NOT NULL,
    recurrence_id       TEXT   NOT NULL,
    scheduled_change_id TEXT   NOT NULL,
    state               TEXT   NOT NULL,
    effective_date      TEXT   NOT NULL,
    -- What it sets, as JSON.
    wanted              TEXT   NOT NULL,
    note                TEXT   NOT NULL,
    quote_id            TEXT   NOT NULL,
    actor               TEXT   NOT NULL,
    -- The recurrence's version that it made, 0 for none.
    change              BIGINT NOT NULL,
    problem             TEXT   NOT NULL,
    withdrawal          TEXT   NOT NULL,
    version             BIGINT NOT NULL,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer_id, recurrence_id, scheduled_change_id),
    FOREIGN KEY (tenant, customer_id, recurrence_id) REFERENCES recurrences (tenant, customer_id, recurrence_id)
);
-- A recurrence has at most one that is to happen.
CREATE UNIQUE INDEX scheduled_changes_pending ON scheduled_changes (tenant, customer_id, recurrence_id) WHERE state = 'SCHEDULED';
-- Those to happen, of all tenants.
CREATE INDEX scheduled_changes_due ON scheduled_changes (effective_date) WHERE state = 'SCHEDULED';
CREATE INDEX scheduled_changes_by_state ON scheduled_changes (tenant, state, customer_id, recurrence_id, scheduled_change_id);
