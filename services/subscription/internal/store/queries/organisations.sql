-- name: GetOrganisation :one
SELECT document FROM organisations WHERE tenant = $1 AND id = $2;

-- name: ListOrganisations :many
SELECT document FROM organisations WHERE tenant = $1;

-- name: CreateOrganisation :execrows
INSERT INTO organisations (
    tenant, id, version, document, name, inactive, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8
) ON CONFLICT DO NOTHING;

-- name: UpdateOrganisation :execrows
UPDATE organisations
SET
    version = $3, document = $4, name = $5, inactive = $6, created = $7, updated = $8
WHERE tenant = $1 AND id = $2 AND version = $3 - 1;

-- name: DeleteOrganisation :execrows
DELETE FROM organisations WHERE tenant = $1 AND id = $2 AND version = $3;
