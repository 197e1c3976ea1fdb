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
    tenant, id, name, alternative_code, version, document, classification, inactive, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
) ON CONFLICT DO NOTHING;

-- name: UpdateSubscriptionType :execrows
UPDATE subscription_types
SET
    name = $3, alternative_code = $4, version = $5, document = $6, classification = $7, inactive = $8, created = $9,
    updated = $10
WHERE tenant = $1 AND id = $2 AND version = $5 - 1;

-- name: DeleteSubscriptionType :execrows
DELETE FROM subscription_types WHERE tenant = $1 AND id = $2 AND version = $3;
