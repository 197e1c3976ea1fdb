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
    tenant, id, code, alternative_code, version, document
) VALUES (
    $1, $2, $3, $4, $5, $6
) ON CONFLICT DO NOTHING;
