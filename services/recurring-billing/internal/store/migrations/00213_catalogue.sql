-- +goose Up
-- What is retired. No bill-to was before.
ALTER TABLE bill_tos ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;

-- Codes in the form in which they are compared: without regard to case and trailing blanks, as in Sedona's database. It is
-- not unique, because a store may have codes from before that differ only so; each of them is found as it is written, and
-- otherwise the one with the lowest number.
ALTER TABLE items ADD COLUMN code_key TEXT NOT NULL DEFAULT '';
ALTER TABLE master_accounts ADD COLUMN code_key TEXT NOT NULL DEFAULT '';
UPDATE items SET code_key = upper(rtrim(code));
UPDATE master_accounts SET code_key = upper(rtrim(code));
CREATE INDEX items_by_key ON items (tenant, code_key, id);
CREATE INDEX master_accounts_by_key ON master_accounts (tenant, code_key, id);
