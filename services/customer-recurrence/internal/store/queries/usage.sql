-- name: ListUsageTotals :many
SELECT * FROM usage_totals WHERE tenant = $1;

-- The windows in which something was counted. The store appends the recurrences.
-- name: ListUsageWindows :many
SELECT DISTINCT customer_id, recurrence_id, month FROM usage_totals
WHERE tenant = $1 AND month >= sqlc.arg(from_month) AND month < sqlc.arg(until_month);

-- name: ListUsageEvents :many
SELECT * FROM usage_events WHERE tenant = $1;

-- name: CountUsageTotals :one
SELECT count(*) FROM usage_totals WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3;

-- name: CountUsageTotalsOfService :one
SELECT count(*) FROM usage_totals WHERE tenant = $1 AND service_id = $2;

-- name: CountUsageTotalsOfPackage :one
SELECT count(*) FROM usage_totals WHERE tenant = $1 AND package_id = $2;

-- name: MoveUsageTotals :exec
UPDATE usage_totals SET customer_id = sqlc.arg(to_customer) WHERE tenant = $1 AND customer_id = $2;

-- name: GetUsageAlert :one
SELECT * FROM usage_alerts WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3 AND alert_id = $4;

-- name: ListUsageAlerts :many
SELECT * FROM usage_alerts WHERE tenant = $1;

-- name: CreateUsageAlert :execrows
INSERT INTO usage_alerts (
    tenant, customer_id, recurrence_id, alert_id, service_id, month, percent, consumed, included, created_at
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
) ON CONFLICT DO NOTHING;

-- name: MoveUsageAlerts :exec
UPDATE usage_alerts SET customer_id = sqlc.arg(to_customer) WHERE tenant = $1 AND customer_id = $2;
