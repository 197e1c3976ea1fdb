-- name: GetUser :one
SELECT document FROM users WHERE tenant = $1 AND id = $2;

-- name: GetUserByLogin :one
SELECT document FROM users WHERE tenant = $1 AND login = $2;

-- name: LocateUserByLogin :one
SELECT tenant, document FROM users WHERE login = $1;

-- name: LocateUserByAPIKey :one
SELECT users.tenant, users.document
FROM api_keys JOIN users ON users.tenant = api_keys.tenant AND users.id = api_keys.user_id
WHERE api_keys.key_hash = $1;

-- name: ListUsers :many
SELECT document FROM users WHERE tenant = $1;

-- name: CountUsersOfOrganisation :one
SELECT count(*) FROM users WHERE tenant = $1 AND organisation = $2;

-- name: CountUsersOfPrivacyLevel :one
SELECT count(*) FROM users WHERE tenant = $1 AND max_privacy_level = CAST($2 AS text);

-- name: CreateUser :execrows
INSERT INTO users (
    tenant, id, login, version, document, organisation, user_name, name, email, disabled, created, updated,
    max_privacy_level
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
) ON CONFLICT DO NOTHING;

-- name: UpdateUser :execrows
UPDATE users
SET
    login = $3, version = $4, document = $5, organisation = $6, user_name = $7, name = $8, email = $9, disabled = $10,
    created = $11, updated = $12, max_privacy_level = $13
WHERE tenant = $1 AND id = $2 AND version = $4 - 1;

-- name: DeleteUser :execrows
DELETE FROM users WHERE tenant = $1 AND id = $2 AND version = $3;
