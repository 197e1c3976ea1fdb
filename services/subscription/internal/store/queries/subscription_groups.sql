-- name: GetGroup :one
SELECT document FROM subscription_groups WHERE tenant = $1 AND id = $2;

-- name: GetGroupByName :one
SELECT document FROM subscription_groups WHERE tenant = $1 AND name = $2;

-- name: GetGroupByAlternativeCode :one
SELECT document FROM subscription_groups WHERE tenant = $1 AND alternative_code = CAST($2 AS text);

-- name: ListGroups :many
SELECT document FROM subscription_groups WHERE tenant = $1;

-- name: CreateGroup :execrows
INSERT INTO subscription_groups (
    tenant, id, name, alternative_code, version, document, inactive, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9
) ON CONFLICT DO NOTHING;

-- name: UpdateGroup :execrows
UPDATE subscription_groups
SET
    name = $3, alternative_code = $4, version = $5, document = $6, inactive = $7, created = $8, updated = $9
WHERE tenant = $1 AND id = $2 AND version = $5 - 1;

-- name: DeleteGroup :execrows
DELETE FROM subscription_groups WHERE tenant = $1 AND id = $2 AND version = $3;
