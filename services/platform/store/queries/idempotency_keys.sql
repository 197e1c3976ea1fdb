-- name: GetIdempotencyKey :one
SELECT * FROM idempotency_keys WHERE tenant = $1 AND key = $2 AND expires_at > $3;

-- name: PutIdempotencyKey :exec
INSERT INTO idempotency_keys (
    tenant, key, request_hash, outcome, expires_at
) VALUES (
    $1, $2, $3, $4, $5
) ON CONFLICT (tenant, key) DO UPDATE SET
    request_hash = excluded.request_hash, outcome = excluded.outcome, expires_at = excluded.expires_at;

-- name: ExpireIdempotencyKeys :exec
DELETE FROM idempotency_keys WHERE expires_at <= $1;
