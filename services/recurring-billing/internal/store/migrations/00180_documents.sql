-- +goose Up
-- What documents and runs tell by a clock is kept where it happened, so that they tell the same ever after.

-- The day on which an invoice was taken back, in the time zone of the billing schedule then. NULL: it was before this was kept,
-- and counts in UTC.
ALTER TABLE invoices ADD COLUMN void_date TEXT;

-- When a batch last moved its run on. 0: it never did, or it was before this was kept.
ALTER TABLE cycle_run_batches ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;
