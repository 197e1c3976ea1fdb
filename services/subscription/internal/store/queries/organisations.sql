-- name: GetOrganisation :one
SELECT document FROM organisations WHERE tenant = $1 AND id = $2;

-- name: ListOrganisations :many
SELECT document FROM organisations WHERE tenant = $1;

-- name: CreateOrganisation :execrows
INSERT INTO organisations (
    tenant, id, version, document
) VALUES (
    $1, $2, $3, $4
) ON CONFLICT DO NOTHING;
