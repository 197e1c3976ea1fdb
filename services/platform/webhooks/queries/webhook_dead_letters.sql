-- name: GetDeadLetter :one
SELECT * FROM webhook_dead_letters WHERE tenant = $1 AND endpoint = $2 AND txid = $3 AND seq = $4;

-- name: ListDeadLetters :many
SELECT * FROM webhook_dead_letters WHERE tenant = $1;

-- name: PutDeadLetter :exec
INSERT INTO webhook_dead_letters (
    tenant, endpoint, txid, seq, payload, attempts, last_error, failed_at
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8
) ON CONFLICT (tenant, endpoint, txid, seq) DO UPDATE SET
    payload = excluded.payload, attempts = excluded.attempts, last_error = excluded.last_error, failed_at = excluded.failed_at;

-- name: FailDeadLetter :exec
UPDATE webhook_dead_letters SET attempts = attempts + 1, last_error = $5, failed_at = $6
WHERE tenant = $1 AND endpoint = $2 AND txid = $3 AND seq = $4;

-- name: DeleteDeadLetter :exec
DELETE FROM webhook_dead_letters WHERE tenant = $1 AND endpoint = $2 AND txid = $3 AND seq = $4;

-- name: DeleteDeadLetters :exec
DELETE FROM webhook_dead_letters WHERE tenant = $1 AND endpoint = $2;

-- name: ExpireDeadLetters :exec
DELETE FROM webhook_dead_letters WHERE failed_at < $1;
