-- name: GetAction :one
SELECT document FROM subscription_actions WHERE tenant = $1 AND id = $2;

-- name: GetActionByNumber :one
SELECT document FROM subscription_actions WHERE tenant = $1 AND number = $2;

-- name: GetActionByReference :one
SELECT document FROM subscription_actions WHERE tenant = $1 AND reference = CAST($2 AS text);

-- name: ListActions :many
SELECT document FROM subscription_actions WHERE tenant = $1;

-- name: ListPendingActions :many
SELECT document FROM subscription_actions
WHERE tenant = $1 AND subscription = $2 AND due IS NOT NULL
ORDER BY id;

-- name: DelayActions :exec
UPDATE subscription_actions
SET due = $3
WHERE tenant = $1 AND subscription = $2 AND due < $3;

-- name: DelayAction :exec
UPDATE subscription_actions
SET due = $3
WHERE tenant = $1 AND id = $2;

-- name: CountActionsOfSubscription :one
SELECT count(*) FROM subscription_actions WHERE tenant = $1 AND subscription = $2;

-- name: CountActionsOfType :one
SELECT count(*) FROM subscription_actions WHERE tenant = $1 AND action_type = CAST($2 AS text);

-- name: CountActionsOfSubType :one
SELECT count(*) FROM subscription_actions WHERE tenant = $1 AND sub_action_type = CAST($2 AS text);

-- name: CreateAction :execrows
INSERT INTO subscription_actions (
    tenant, id, number, reference, version, document, subscription, classification, behavior, state, scheduled, due,
    created, updated, action_type, sub_action_type
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
) ON CONFLICT DO NOTHING;

-- name: UpdateAction :execrows
UPDATE subscription_actions
SET
    number = $3, reference = $4, version = $5, document = $6, subscription = $7, classification = $8, behavior = $9,
    state = $10, scheduled = $11, due = $12, created = $13, updated = $14, action_type = $15, sub_action_type = $16
WHERE tenant = $1 AND id = $2 AND version = $5 - 1;

-- name: DeleteAction :execrows
DELETE FROM subscription_actions WHERE tenant = $1 AND id = $2 AND version = $3;
