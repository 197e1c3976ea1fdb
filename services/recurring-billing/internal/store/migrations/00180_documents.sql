-- +goose Up
-- Times that documents and runs show are stored when they happen, so that they never change later.

-- A master account's invoice names the customers whose lines it bills. The last_invoice and last_credit_note of former_bill_tos
-- are therefore the tenant's from here on, not only the bill-to's own. A row without a display_name means that the bill-to did
-- not exist yet. No table changes for this.

-- The day on which an invoice was voided, in the time zone that the billing schedule had then. NULL: it was voided before this
-- column existed, and the day is that of UTC.
ALTER TABLE invoices ADD COLUMN void_date TEXT;

-- When a batch last made progress. 0: never, or before this column existed.
ALTER TABLE cycle_run_batches ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;
