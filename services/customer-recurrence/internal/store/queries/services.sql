-- name: GetService :one
SELECT * FROM services WHERE tenant = $1 AND service_id = $2;

-- name: ListServices :many
SELECT * FROM services WHERE tenant = $1;

-- name: CreateService :execrows
INSERT INTO services (
    tenant, service_id, display_name, unit, prices, inactive, version, created_at, updated_at, versions
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
) ON CONFLICT DO NOTHING;

-- name: UpdateService :execrows
UPDATE services
SET display_name = $3, unit = $4, prices = $5, inactive = $6, version = $7, created_at = $8, updated_at = $9, versions = $10
WHERE tenant = $1 AND service_id = $2 AND version = $7 - 1;

-- name: DeleteService :execrows
DELETE FROM services WHERE tenant = $1 AND service_id = $2 AND version = $3;
