-- name: GetBillingTermScheme :one
SELECT document FROM billing_term_schemes WHERE tenant = $1 AND id = $2;

-- name: GetBillingTermSchemeByCode :one
SELECT document FROM billing_term_schemes WHERE tenant = $1 AND code = $2;

-- name: ListBillingTermSchemes :many
SELECT document FROM billing_term_schemes WHERE tenant = $1;

-- name: CreateBillingTermScheme :execrows
INSERT INTO billing_term_schemes (
    tenant, id, code, version, document, name, state, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9
) ON CONFLICT DO NOTHING;

-- name: UpdateBillingTermScheme :execrows
UPDATE billing_term_schemes
SET
    code = $3, version = $4, document = $5, name = $6, state = $7, created = $8, updated = $9
WHERE tenant = $1 AND id = $2 AND version = $4 - 1;

-- name: DeleteBillingTermScheme :execrows
DELETE FROM billing_term_schemes WHERE tenant = $1 AND id = $2 AND version = $3;
