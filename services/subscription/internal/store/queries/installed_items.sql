-- name: GetInstalledItem :one
SELECT document FROM installed_items WHERE tenant = $1 AND id = $2;

-- name: GetInstalledItemBySerialNumber :one
SELECT document FROM installed_items WHERE tenant = $1 AND serial_number = $2;

-- name: GetInstalledItemByAlternativeCode :one
SELECT document FROM installed_items WHERE tenant = $1 AND alternative_code = CAST($2 AS text);

-- name: ListInstalledItems :many
SELECT document FROM installed_items WHERE tenant = $1;

-- name: CreateInstalledItem :execrows
INSERT INTO installed_items (
    tenant, id, serial_number, alternative_code, version, document, name, inactive, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
) ON CONFLICT DO NOTHING;

-- name: UpdateInstalledItem :execrows
UPDATE installed_items
SET
    serial_number = $3, alternative_code = $4, version = $5, document = $6, name = $7, inactive = $8, created = $9,
    updated = $10
WHERE tenant = $1 AND id = $2 AND version = $5 - 1;

-- name: DeleteInstalledItem :execrows
DELETE FROM installed_items WHERE tenant = $1 AND id = $2 AND version = $3;
