-- name: GetMasterAccount :one
SELECT * FROM master_accounts WHERE tenant = $1 AND code = $2;

-- Finds the first account whose code differs from another only in case and trailing blanks.
-- name: GetMasterAccountOfKey :one
SELECT * FROM master_accounts WHERE tenant = $1 AND code_key = $2 ORDER BY id LIMIT 1;

-- name: CountMasterAccountsOfKey :one
SELECT count(*) FROM master_accounts WHERE tenant = $1 AND code_key = $2;

-- name: GetMasterAccountNumbered :one
SELECT * FROM master_accounts WHERE tenant = $1 AND id = $2;

-- name: ListMasterAccounts :many
SELECT * FROM master_accounts WHERE tenant = $1;

-- name: CreateMasterAccount :execrows
INSERT INTO master_accounts (
    tenant, id, code, description, customer_id, bill_to_id, inactive, version, created, updated, sub_accounts_billed,
    code_key
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
) ON CONFLICT DO NOTHING;

-- The code never changes. Leaving it out of SET saves the engine looking for the lines that refer to it.
-- name: UpdateMasterAccount :execrows
UPDATE master_accounts
SET description = $4, customer_id = $5, bill_to_id = $6, inactive = $7, version = $8, created = $9, updated = $10,
    sub_accounts_billed = $11, code_key = $12
WHERE tenant = $1 AND id = $2 AND code = $3 AND version = $8 - 1;

-- name: DeleteMasterAccount :execrows
DELETE FROM master_accounts WHERE tenant = $1 AND id = $2 AND version = $3;

-- name: CountLinesOfMasterAccount :one
SELECT count(*) FROM recurring_lines WHERE tenant = $1 AND master_account_code = $2;

-- name: ListBillTosOfMasters :many
SELECT DISTINCT bill_to_id FROM master_accounts WHERE tenant = $1;
