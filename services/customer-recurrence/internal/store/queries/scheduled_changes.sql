-- name: GetScheduledChange :one
SELECT * FROM scheduled_changes WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3 AND scheduled_change_id = $4;

-- name: ListScheduledChanges :many
SELECT * FROM scheduled_changes WHERE tenant = $1;

-- name: CreateScheduledChange :execrows
INSERT INTO scheduled_changes (
    tenant, customer_id, recurrence_id, scheduled_change_id, state, effective_date, wanted, note, quote_id, actor, change, problem,
    withdrawal, version, created_at, updated_at
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
) ON CONFLICT DO NOTHING;

-- name: UpdateScheduledChange :execrows
UPDATE scheduled_changes
SET state = $5, effective_date = $6, wanted = $7, note = $8, quote_id = $9, actor = $10, change = $11, problem = $12, withdrawal = $13,
    version = $14, created_at = $15, updated_at = $16
WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3 AND scheduled_change_id = $4 AND version = $14 - 1;

-- name: CountScheduledChanges :one
SELECT count(*) FROM scheduled_changes WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3;

-- Those to come that set a package, or contract a service, whose member of their JSON is given.
-- name: CountPendingChangesTo :one
SELECT count(*) FROM scheduled_changes WHERE tenant = $1 AND state = 'SCHEDULED' AND wanted <> replace(wanted, sqlc.arg(member), '');
