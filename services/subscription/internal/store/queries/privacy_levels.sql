-- name: GetPrivacyLevel :one
SELECT document FROM privacy_levels WHERE tenant = $1 AND id = $2;

-- name: GetPrivacyLevelByNumber :one
SELECT document FROM privacy_levels WHERE tenant = $1 AND number = $2;

-- name: ListPrivacyLevels :many
SELECT document FROM privacy_levels WHERE tenant = $1;

-- name: CreatePrivacyLevel :execrows
INSERT INTO privacy_levels (
    tenant, id, number, version, document, name, inactive, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9
) ON CONFLICT DO NOTHING;

-- name: UpdatePrivacyLevel :execrows
UPDATE privacy_levels
SET
    number = $3, version = $4, document = $5, name = $6, inactive = $7, created = $8, updated = $9
WHERE tenant = $1 AND id = $2 AND version = $4 - 1;

-- name: DeletePrivacyLevel :execrows
DELETE FROM privacy_levels WHERE tenant = $1 AND id = $2 AND version = $3;
