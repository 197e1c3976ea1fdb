-- name: GetPrivacyLevel :one
SELECT document FROM privacy_levels WHERE tenant = $1 AND id = $2;

-- name: GetPrivacyLevelByNumber :one
SELECT document FROM privacy_levels WHERE tenant = $1 AND number = $2;

-- name: ListPrivacyLevels :many
SELECT document FROM privacy_levels WHERE tenant = $1;

-- name: CreatePrivacyLevel :execrows
INSERT INTO privacy_levels (
    tenant, id, number, version, document
) VALUES (
    $1, $2, $3, $4, $5
) ON CONFLICT DO NOTHING;
