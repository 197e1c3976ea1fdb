-- name: GetContact :one
SELECT document FROM contacts WHERE tenant = $1 AND id = $2;

-- name: ListContacts :many
SELECT document FROM contacts WHERE tenant = $1;

-- name: CreateContact :execrows
INSERT INTO contacts (
    tenant, id, version, document, name, type, inactive, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9
) ON CONFLICT DO NOTHING;

-- name: UpdateContact :execrows
UPDATE contacts
SET
    version = $3, document = $4, name = $5, type = $6, inactive = $7, created = $8, updated = $9
WHERE tenant = $1 AND id = $2 AND version = $3 - 1;

-- name: DeleteContact :execrows
DELETE FROM contacts WHERE tenant = $1 AND id = $2 AND version = $3;

-- name: CountAccountsOfContact :one
SELECT count(*) FROM accounts WHERE tenant = $1 AND contact = CAST($2 AS text);
