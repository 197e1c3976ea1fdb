-- +goose Up
-- What documents and runs tell by a clock is kept where it happened, so that they tell the same ever after.

-- A master account's invoice names the customers whose lines it bills. From here on the last_invoice and last_credit_note of
-- former_bill_tos are therefore the tenant's, not only the bill-to's own, and a row without a display_name is of a bill-to that
-- was not there yet. No table changes for it.

-- The day on which an invoice was taken back, in the time zone of the billing schedule then. NULL: it was before this was kept,
-- and counts in UTC.
ALTER TABLE invoices ADD COLUMN void_date TEXT;

-- When a batch last moved its run on. 0: it never did, or it was before this was kept.
ALTER TABLE cycle_run_batches ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;
