-- name: GetAccountClassification :one
SELECT document FROM account_classifications WHERE tenant = $1 AND id = $2;

-- name: GetAccountClassificationByName :one
SELECT document FROM account_classifications WHERE tenant = $1 AND name = $2;

-- name: GetAccountClassificationByAlternativeCode :one
SELECT document FROM account_classifications WHERE tenant = $1 AND alternative_code = CAST($2 AS text);

-- name: ListAccountClassifications :many
SELECT document FROM account_classifications WHERE tenant = $1;

-- name: CreateAccountClassification :execrows
INSERT INTO account_classifications (
    tenant, id, name, alternative_code, version, document, inactive, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9
) ON CONFLICT DO NOTHING;

-- name: UpdateAccountClassification :execrows
UPDATE account_classifications
SET
    name = $3, alternative_code = $4, version = $5, document = $6, inactive = $7, created = $8, updated = $9
WHERE tenant = $1 AND id = $2 AND version = $5 - 1;

-- name: DeleteAccountClassification :execrows
DELETE FROM account_classifications WHERE tenant = $1 AND id = $2 AND version = $3;
