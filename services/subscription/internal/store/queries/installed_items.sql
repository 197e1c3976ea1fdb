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
    tenant, id, serial_number, alternative_code, version, document
) VALUES (
    $1, $2, $3, $4, $5, $6
) ON CONFLICT DO NOTHING;
