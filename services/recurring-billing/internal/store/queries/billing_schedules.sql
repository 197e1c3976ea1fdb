-- name: GetSchedule :one
SELECT * FROM billing_schedules WHERE tenant = $1;

-- The enabled schedules of all tenants.
-- name: ListSchedules :many
SELECT * FROM billing_schedules WHERE enabled ORDER BY tenant;

-- name: PutSchedule :exec
INSERT INTO billing_schedules (
    tenant, enabled, day_of_month, time_zone, bill_cycles, since, version, created, updated, leave_drafts
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
) ON CONFLICT (tenant) DO UPDATE
SET enabled = $2, day_of_month = $3, time_zone = $4, bill_cycles = $5, since = $6, version = $7, updated = $9, leave_drafts = $10;
