-- +goose Up
-- Where a recurrence is in its life. All so far are in force, at a price of a month, from a day that nobody knows.
ALTER TABLE recurrences ADD COLUMN state TEXT NOT NULL DEFAULT 'ACTIVE';
ALTER TABLE recurrences ADD COLUMN undo_state TEXT NOT NULL DEFAULT '';
ALTER TABLE recurrences ADD COLUMN cycle TEXT NOT NULL DEFAULT 'MONTHLY';
-- Dates like 2026-01-31, empty for none. The last two are the first day that is not paid, and the first without services.
ALTER TABLE recurrences ADD COLUMN start_date TEXT NOT NULL DEFAULT '';
ALTER TABLE recurrences ADD COLUMN paid_until_date TEXT NOT NULL DEFAULT '';
ALTER TABLE recurrences ADD COLUMN end_date TEXT NOT NULL DEFAULT '';
CREATE INDEX recurrences_by_state ON recurrences (tenant, state, customer_id, recurrence_id);
-- Those that end by themselves, of all tenants.
CREATE INDEX recurrences_ending ON recurrences (end_date) WHERE state = 'CANCELLING';

-- Why a change was made.
ALTER TABLE recurrence_changes ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- What a tenant decides about all its recurrences. No row: the defaults.
CREATE TABLE recurrence_settings (
    tenant                 TEXT   NOT NULL PRIMARY KEY,
    time_zone              TEXT   NOT NULL,
    proration              TEXT   NOT NULL,
    quote_validity_seconds BIGINT NOT NULL,
    version                BIGINT NOT NULL,
    created_at             BIGINT NOT NULL,
    updated_at             BIGINT NOT NULL
);
