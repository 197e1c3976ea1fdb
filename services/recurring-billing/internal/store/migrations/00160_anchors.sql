-- +goose Up
-- The first day of a full period of a line that was billed elsewhere before; NULL: the first date on or after its start that
-- falls on its bill day.
ALTER TABLE recurring_lines ADD COLUMN anchor_date TEXT;

-- A line that is receivable to a master account was always billed to the master's bill-to. Now it also refers to it.
UPDATE recurring_lines SET bill_to_id = (SELECT m.bill_to_id FROM master_accounts m
    WHERE m.tenant = recurring_lines.tenant AND m.code = recurring_lines.master_account_code)
WHERE master_account_code IS NOT NULL AND bill_to_id <> (SELECT m.bill_to_id FROM master_accounts m
    WHERE m.tenant = recurring_lines.tenant AND m.code = recurring_lines.master_account_code);
