-- name: CreateSubscriptionPart :exec
INSERT INTO subscription_parts (
    tenant, subscription, kind, id
) VALUES (
    $1, $2, $3, $4
) ON CONFLICT DO NOTHING;

-- name: DeleteSubscriptionParts :exec
DELETE FROM subscription_parts WHERE tenant = $1 AND subscription = $2;

-- name: ListSubscriptionsWithPart :many
SELECT subscription FROM subscription_parts WHERE tenant = $1 AND kind = $2 AND id = $3;

-- name: CountSubscriptionsWithPart :one
SELECT count(*) FROM subscription_parts WHERE tenant = $1 AND kind = $2 AND id = $3;

-- name: DeleteSubscriptionPart :exec
DELETE FROM subscription_parts WHERE tenant = $1 AND subscription = $2 AND kind = $3 AND id = $4;

-- name: ListSomeSubscriptionsWithPart :many
SELECT subscription FROM subscription_parts WHERE tenant = $1 AND kind = $2 AND id = $3 LIMIT $4;
