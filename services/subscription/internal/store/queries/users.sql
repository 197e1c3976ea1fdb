-- name: GetUser :one
SELECT document FROM users WHERE tenant = $1 AND id = $2;

-- name: GetUserByLogin :one
SELECT document FROM users WHERE tenant = $1 AND login = $2;

-- name: LocateUserByLogin :one
SELECT tenant, document FROM users WHERE login = $1;

-- name: LocateUserByAPIKey :one
SELECT tenant, document FROM users WHERE api_key_hash = CAST($1 AS text);

-- name: ListUsers :many
SELECT document FROM users WHERE tenant = $1;

-- name: CreateUser :execrows
INSERT INTO users (
    tenant, id, login, api_key_hash, version, document
) VALUES (
    $1, $2, $3, $4, $5, $6
) ON CONFLICT DO NOTHING;

-- name: UpdateUser :execrows
UPDATE users
SET login = $3, api_key_hash = $4, version = $5, document = $6
WHERE tenant = $1 AND id = $2 AND version = $5 - 1;
