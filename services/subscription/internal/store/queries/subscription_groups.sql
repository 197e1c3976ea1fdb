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
    tenant, id, name, alternative_code, version, document
) VALUES (
    $1, $2, $3, $4, $5, $6
) ON CONFLICT DO NOTHING;
