-- name: GetAPIKey :one
SELECT document FROM api_keys WHERE tenant = $1 AND id = $2;

-- name: GetAPIKeyByHash :one
SELECT document FROM api_keys WHERE tenant = $1 AND key_hash = $2;

-- name: ListAPIKeys :many
SELECT document FROM api_keys WHERE tenant = $1;

-- name: CountAPIKeysOfUser :one
SELECT count(*) FROM api_keys WHERE tenant = $1 AND user_id = $2;

-- name: CreateAPIKey :execrows
INSERT INTO api_keys (
    tenant, id, user_id, key_hash, name, created, updated, version, document
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9
) ON CONFLICT DO NOTHING;

-- name: UpdateAPIKey :execrows
UPDATE api_keys
SET user_id = $3, key_hash = $4, name = $5, created = $6, updated = $7, version = $8, document = $9
WHERE tenant = $1 AND id = $2 AND version = $8 - 1;

-- name: DeleteAPIKey :execrows
DELETE FROM api_keys WHERE tenant = $1 AND id = $2 AND version = $3;
