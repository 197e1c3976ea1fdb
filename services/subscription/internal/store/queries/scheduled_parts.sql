-- name: CreateScheduledPart :exec
INSERT INTO scheduled_parts (
    tenant, action, kind, id
) VALUES (
    $1, $2, $3, $4
) ON CONFLICT DO NOTHING;

-- name: DeleteScheduledParts :exec
DELETE FROM scheduled_parts WHERE tenant = $1 AND action = $2;

-- name: CountScheduledParts :one
SELECT count(*) FROM scheduled_parts WHERE tenant = $1 AND kind = $2 AND id = $3;

-- name: GetActionNaming :one
SELECT subscription_actions.number
FROM scheduled_parts
JOIN subscription_actions
    ON subscription_actions.tenant = scheduled_parts.tenant AND subscription_actions.id = scheduled_parts.action
WHERE scheduled_parts.tenant = $1 AND scheduled_parts.kind = $2 AND scheduled_parts.id = $3
ORDER BY scheduled_parts.action
LIMIT 1;
