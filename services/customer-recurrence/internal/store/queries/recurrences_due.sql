-- name: ListEndingTenants :many
SELECT DISTINCT tenant FROM recurrences WHERE state = 'CANCELLING' AND end_date <= $1;

-- name: ListChangingTenants :many
SELECT DISTINCT tenant FROM scheduled_changes WHERE state = 'SCHEDULED' AND effective_date <= $1;

-- name: ListEnding :many
SELECT customer_id, recurrence_id FROM recurrences
WHERE state = 'CANCELLING' AND end_date <= $2 AND tenant = $1 AND (customer_id > $3 OR customer_id = $3 AND recurrence_id > $4)
ORDER BY customer_id, recurrence_id LIMIT $5;

-- name: ListChanging :many
SELECT customer_id, recurrence_id FROM scheduled_changes
WHERE state = 'SCHEDULED' AND effective_date <= $2 AND tenant = $1 AND (customer_id > $3 OR customer_id = $3 AND recurrence_id > $4)
ORDER BY customer_id, recurrence_id LIMIT $5;
