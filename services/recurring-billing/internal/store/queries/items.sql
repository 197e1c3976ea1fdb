-- name: GetItem :one
SELECT * FROM items WHERE tenant = $1 AND code = $2;

-- Finds the first item whose code differs from another only in case and trailing blanks.
-- name: GetItemOfKey :one
SELECT * FROM items WHERE tenant = $1 AND code_key = $2 ORDER BY id LIMIT 1;

-- name: CountItemsOfKey :one
SELECT count(*) FROM items WHERE tenant = $1 AND code_key = $2;

-- name: ListItems :many
SELECT * FROM items WHERE tenant = $1;

-- name: CreateItem :execrows
INSERT INTO items (
    tenant, id, code, description, taxable, default_rate, default_rate_currency, default_cost, default_cost_currency,
    category_code, non_deferred_income, sales_item, service_item, inactive, version, created, updated, code_key
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
) ON CONFLICT DO NOTHING;

-- The code never changes. Leaving it out of SET saves the engine looking for the lines that refer to it.
-- name: UpdateItem :execrows
UPDATE items
SET description = $4, taxable = $5, default_rate = $6, default_rate_currency = $7, default_cost = $8,
    default_cost_currency = $9, category_code = $10, non_deferred_income = $11, sales_item = $12, service_item = $13,
    inactive = $14, version = $15, created = $16, updated = $17, code_key = $18
WHERE tenant = $1 AND id = $2 AND code = $3 AND version = $15 - 1;

-- name: DeleteItem :execrows
DELETE FROM items WHERE tenant = $1 AND id = $2 AND version = $3;

-- name: CountLinesOfItem :one
SELECT count(*) FROM recurring_lines WHERE tenant = $1 AND (item_code = $2 OR master_item_code = $2);

-- name: ListDescriptions :many
SELECT code, description FROM items WHERE tenant = $1;
