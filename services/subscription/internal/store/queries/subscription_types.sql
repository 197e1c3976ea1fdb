-- name: GetSubscriptionType :one
SELECT document FROM subscription_types WHERE tenant = $1 AND id = $2;

-- name: GetSubscriptionTypeByName :one
SELECT document FROM subscription_types WHERE tenant = $1 AND name = $2;

-- name: GetSubscriptionTypeByAlternativeCode :one
SELECT document FROM subscription_types WHERE tenant = $1 AND alternative_code = CAST($2 AS text);

-- name: ListSubscriptionTypes :many
SELECT document FROM subscription_types WHERE tenant = $1;

-- name: CreateSubscriptionType :execrows
INSERT INTO subscription_types (
    tenant, id, name, alternative_code, version, document
) VALUES (
    $1, $2, $3, $4, $5, $6
) ON CONFLICT DO NOTHING;
