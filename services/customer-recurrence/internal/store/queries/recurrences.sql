-- name: GetRecurrence :one
SELECT * FROM recurrences WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3;

-- name: ListRecurrences :many
SELECT * FROM recurrences WHERE tenant = $1;

-- name: CreateRecurrence :execrows
INSERT INTO recurrences (
    tenant, customer_id, recurrence_id, package_id, display_name, price, services, version, created_at, updated_at, currency,
    state, undo_state, cycle, start_date, paid_until_date, end_date
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
) ON CONFLICT DO NOTHING;

-- name: UpdateRecurrence :execrows
UPDATE recurrences
SET package_id = $4, display_name = $5, price = $6, services = $7, version = $8, created_at = $9, updated_at = $10,
    currency = $11, state = $12, undo_state = $13, cycle = $14, start_date = $15, paid_until_date = $16, end_date = $17
WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3 AND version = $8 - 1;

-- name: DeleteRecurrence :execrows
DELETE FROM recurrences WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3 AND version = $4;

-- name: CountRecurrencesOfCustomer :one
SELECT count(*) FROM recurrences WHERE tenant = $1 AND customer_id = $2;

-- name: CountRecurrencesOfPackage :one
SELECT count(*) FROM recurrences WHERE tenant = $1 AND package_id = $2;

-- Those that contract a service, whose member of their JSON is given.
-- name: CountRecurrencesOfService :one
SELECT count(*) FROM recurrences WHERE tenant = $1 AND services <> replace(services, sqlc.arg(member), '');

-- A merge: the recurrences of a customer under another, first as copies.
-- name: CopyRecurrences :execrows
INSERT INTO recurrences (
    tenant, customer_id, recurrence_id, package_id, display_name, price, services, version, created_at, updated_at, currency,
    state, undo_state, cycle, start_date, paid_until_date, end_date
) SELECT
    r.tenant, sqlc.arg(to_customer), r.recurrence_id, r.package_id, r.display_name, r.price, r.services, r.version, r.created_at, r.updated_at,
    r.currency, r.state, r.undo_state, r.cycle, r.start_date, r.paid_until_date, r.end_date
FROM recurrences AS r WHERE r.tenant = $1 AND r.customer_id = $2;

-- name: MoveRecurrenceChanges :exec
UPDATE recurrence_changes SET customer_id = sqlc.arg(to_customer) WHERE tenant = $1 AND customer_id = $2;

-- name: MoveScheduledChanges :exec
UPDATE scheduled_changes SET customer_id = sqlc.arg(to_customer) WHERE tenant = $1 AND customer_id = $2;

-- name: DeleteRecurrencesOfCustomer :execrows
DELETE FROM recurrences WHERE tenant = $1 AND customer_id = $2;
