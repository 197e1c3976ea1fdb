-- name: GetSubscription :one
SELECT document FROM subscriptions WHERE tenant = $1 AND id = $2;

-- name: GetSubscriptionByNumber :one
SELECT document FROM subscriptions WHERE tenant = $1 AND number = $2;

-- name: ListSubscriptions :many
SELECT document FROM subscriptions WHERE tenant = $1;

-- name: CreateSubscription :execrows
INSERT INTO subscriptions (
    tenant, id, number, version, document
) VALUES (
    $1, $2, $3, $4, $5
) ON CONFLICT DO NOTHING;

-- name: UpdateSubscription :execrows
UPDATE subscriptions
SET number = $3, version = $4, document = $5
WHERE tenant = $1 AND id = $2 AND version = $4 - 1;
