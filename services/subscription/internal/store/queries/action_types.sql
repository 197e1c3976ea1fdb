-- name: GetActionType :one
SELECT document FROM action_types WHERE tenant = $1 AND id = $2;

-- name: GetActionTypeByName :one
SELECT document FROM action_types WHERE tenant = $1 AND name = $2;

-- name: GetActionTypeByAlternativeCode :one
SELECT document FROM action_types WHERE tenant = $1 AND alternative_code = CAST($2 AS text);

-- name: ListActionTypes :many
SELECT document FROM action_types WHERE tenant = $1;

-- name: CreateActionType :execrows
INSERT INTO action_types (
    tenant, id, name, alternative_code, parent, version, document, inactive, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
) ON CONFLICT DO NOTHING;

-- name: UpdateActionType :execrows
UPDATE action_types
SET
    name = $3, alternative_code = $4, parent = $5, version = $6, document = $7, inactive = $8, created = $9,
    updated = $10
WHERE tenant = $1 AND id = $2 AND version = $6 - 1;

-- name: DeleteActionType :execrows
DELETE FROM action_types WHERE tenant = $1 AND id = $2 AND version = $3;

-- name: CountSubTypesOfActionType :one
SELECT count(*) FROM action_types WHERE tenant = $1 AND parent = CAST($2 AS text);
