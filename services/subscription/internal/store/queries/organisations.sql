-- name: GetOrganisation :one
SELECT document FROM organisations WHERE tenant = $1 AND id = $2;

-- name: LocateOrganisation :one
SELECT tenant, document FROM organisations WHERE id = $1;

-- name: ListOrganisations :many
SELECT document FROM organisations WHERE tenant = $1;

-- name: CreateOrganisation :execrows
INSERT INTO organisations (
    tenant, id, version, document
) VALUES (
    $1, $2, $3, $4
) ON CONFLICT DO NOTHING;

-- name: UpdateOrganisation :execrows
UPDATE organisations
SET version = $3, document = $4
WHERE tenant = $1 AND id = $2 AND version = $3 - 1;
