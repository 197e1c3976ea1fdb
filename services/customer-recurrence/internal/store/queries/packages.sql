-- name: GetPackage :one
SELECT * FROM packages WHERE tenant = $1 AND package_id = $2;

-- name: ListPackages :many
SELECT * FROM packages WHERE tenant = $1;

-- name: CreatePackage :execrows
INSERT INTO packages (
    tenant, package_id, display_name, service_ids, enforced, version, created_at, updated_at, inactive, versions, next_package_ids
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
) ON CONFLICT DO NOTHING;

-- name: UpdatePackage :execrows
UPDATE packages
SET display_name = $3, service_ids = $4, enforced = $5, version = $6, created_at = $7, updated_at = $8, inactive = $9,
    versions = $10, next_package_ids = $11
WHERE tenant = $1 AND package_id = $2 AND version = $6 - 1;

-- name: DeletePackage :execrows
DELETE FROM packages WHERE tenant = $1 AND package_id = $2 AND version = $3;
