-- name: GetSettings :one
SELECT * FROM recurrence_settings WHERE tenant = $1;

-- name: PutSettings :execrows
INSERT INTO recurrence_settings (
    tenant, time_zone, proration, quote_validity_seconds, version, created_at, updated_at, usage_window, usage_alert_percents
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9
) ON CONFLICT (tenant) DO UPDATE
SET time_zone = $2, proration = $3, quote_validity_seconds = $4, version = $5, updated_at = $7, usage_window = $8, usage_alert_percents = $9
WHERE recurrence_settings.version = $5 - 1;
