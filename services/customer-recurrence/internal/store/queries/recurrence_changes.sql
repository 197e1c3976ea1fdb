-- name: GetRecurrenceChange :one
SELECT * FROM recurrence_changes WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3 AND version = $4;

-- name: ListRecurrenceChanges :many
SELECT * FROM recurrence_changes WHERE tenant = $1;

-- Those that changed the terms, which have a member in their JSON. The store appends the recurrences and the order.
-- name: ListTermChanges :many
SELECT * FROM recurrence_changes WHERE tenant = $1 AND created_at >= sqlc.arg(since) AND difference LIKE '%"old_terms":{%';

-- name: CreateRecurrenceChange :execrows
INSERT INTO recurrence_changes (
    tenant, customer_id, recurrence_id, version, difference, actor, created_at, note,
    lines, quote_id, scheduled_change_id
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
) ON CONFLICT DO NOTHING;
