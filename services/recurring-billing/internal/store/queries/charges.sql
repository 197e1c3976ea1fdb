-- name: GetCharge :one
SELECT * FROM charges WHERE tenant = $1 AND id = $2;

-- name: ListCharges :many
SELECT * FROM charges WHERE tenant = $1;

-- name: CreateCharge :execrows
INSERT INTO charges (
    tenant, id, bill_to_id, item_code, description, memo, charge_date, amount, currency, invoice_id, version, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
) ON CONFLICT DO NOTHING;

-- name: UpdateCharge :execrows
UPDATE charges
SET bill_to_id = $3, item_code = $4, description = $5, memo = $6, charge_date = $7, amount = $8, currency = $9, invoice_id = $10,
    version = $11, created = $12, updated = $13
WHERE tenant = $1 AND id = $2 AND version = $11 - 1;

-- name: DeleteCharge :execrows
DELETE FROM charges WHERE tenant = $1 AND id = $2 AND version = $3;

-- name: CountChargesOfItem :one
SELECT count(*) FROM charges WHERE tenant = $1 AND item_code = $2;
