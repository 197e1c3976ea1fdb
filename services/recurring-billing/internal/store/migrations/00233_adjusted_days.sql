-- +goose Up
-- Days that are billed no more, and are billed again by the next run: `2026-02-11/2026-03-01` and so on. NULL: none.
-- oldest program: 233
ALTER TABLE line_cycles ADD COLUMN unbilled TEXT;
-- Why a credit was granted, and the invoice that billed its days. Empty and NULL for the credit of a cancellation.
ALTER TABLE line_credits ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE line_credits ADD COLUMN of_invoice TEXT;
