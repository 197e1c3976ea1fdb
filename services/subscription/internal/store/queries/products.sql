-- name: GetProduct :one
SELECT document FROM products WHERE tenant = $1 AND id = $2;

-- name: GetProductByCode :one
SELECT document FROM products WHERE tenant = $1 AND code = $2;

-- name: GetProductByAlternativeCode :one
SELECT document FROM products WHERE tenant = $1 AND alternative_code = CAST($2 AS text);

-- name: ListProducts :many
SELECT document FROM products WHERE tenant = $1;

-- name: CreateProduct :execrows
INSERT INTO products (
    tenant, id, code, alternative_code, version, document, name, type, inactive, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
) ON CONFLICT DO NOTHING;

-- name: UpdateProduct :execrows
UPDATE products
SET
    code = $3, alternative_code = $4, version = $5, document = $6, name = $7, type = $8, inactive = $9,
    created = $10, updated = $11
WHERE tenant = $1 AND id = $2 AND version = $5 - 1;

-- name: DeleteProduct :execrows
DELETE FROM products WHERE tenant = $1 AND id = $2 AND version = $3;
