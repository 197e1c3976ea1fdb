-- +goose Up
-- Where a customer is in its life. All so far are active.
ALTER TABLE customers ADD COLUMN state TEXT NOT NULL DEFAULT 'ACTIVE';
-- How it was cancelled, as JSON; empty if it was not.
ALTER TABLE customers ADD COLUMN cancellation TEXT NOT NULL DEFAULT '';
-- The id of the customer that stands for a duplicate; empty for none.
ALTER TABLE customers ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
