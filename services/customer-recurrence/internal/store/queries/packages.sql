-- name: GetPackage :one
SELECT * FROM packages WHERE tenant = $1 AND package_id = $2;

-- name: ListPackages :many
SELECT * FROM packages WHERE tenant = $1;

-- name: CreatePackage :execrows
INSERT INTO packages (
    tenant, package_id, display_name, service_ids, enforced, version, created_at, updated_at
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8
) ON CONFLICT DO NOTHING;
