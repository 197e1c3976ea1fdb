-- name: GetEndpoint :one
SELECT * FROM webhook_endpoints WHERE tenant = $1 AND id = $2;

-- name: CountEndpoints :one
SELECT count(*) FROM webhook_endpoints WHERE tenant = $1;

-- name: ListEndpoints :many
SELECT * FROM webhook_endpoints WHERE tenant = $1;

-- name: CreateEndpoint :exec
INSERT INTO webhook_endpoints (
    tenant, id, state, version, disabled, secret, secret_number, previous_secret, previous_secret_until, cursor_txid, cursor_seq,
    patient_since, attempts, next_attempt_at, last_error, last_delivery_at, lease_owner, lease_until
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
);

-- UpdateEndpoint writes the columns that a mutation may change. It keeps the lease, whose holder checks version and cursor.
-- name: UpdateEndpoint :exec
UPDATE webhook_endpoints SET
    state = $3, version = $4, disabled = $5, secret = $6, secret_number = $7, previous_secret = $8, previous_secret_until = $9,
    cursor_txid = $10, cursor_seq = $11, patient_since = $12, attempts = $13, next_attempt_at = $14, last_error = $15
WHERE tenant = $1 AND id = $2;

-- name: DeleteEndpoint :exec
DELETE FROM webhook_endpoints WHERE tenant = $1 AND id = $2;

-- name: EndTurn :exec
UPDATE webhook_endpoints SET lease_owner = '', lease_until = 0 WHERE tenant = $1 AND id = $2;

-- ListServed lists the tenants with an endpoint that is enabled.
-- name: ListServed :many
SELECT DISTINCT tenant FROM webhook_endpoints WHERE NOT disabled;

-- Due endpoints are enabled, have waited long enough, and are not leased. A time further ahead than is ever set was written
-- by a clock that was wrong and has been corrected.
-- name: ListDue :many
SELECT tenant, id FROM (
    SELECT tenant, id, lease_until, row_number() OVER (PARTITION BY tenant ORDER BY lease_until) AS turn
    FROM webhook_endpoints e
    WHERE NOT disabled AND (next_attempt_at <= @now OR next_attempt_at > @longest_wait)
        AND (lease_until <= @now OR lease_until > @longest_lease)
        AND EXISTS (SELECT 1 FROM change_feed f WHERE f.tenant = e.tenant
            AND (f.txid, f.seq) > (e.cursor_txid, e.cursor_seq) AND (f.txid, f.seq) <= (@end_txid, @end_seq))
) AS due
ORDER BY turn, lease_until LIMIT @most;

-- name: LeaseDue :one
UPDATE webhook_endpoints SET lease_owner = @lease_owner, lease_until = @until
WHERE NOT disabled AND (next_attempt_at <= @now OR next_attempt_at > @longest_wait)
    AND (lease_until <= @now OR lease_until > @longest_lease) AND tenant = @tenant AND id = @id
RETURNING *;

-- name: ReleaseLease :exec
UPDATE webhook_endpoints SET lease_owner = '', lease_until = $1 WHERE tenant = $2 AND id = $3 AND lease_owner = $4;

-- name: MoveCursor :one
UPDATE webhook_endpoints SET
    cursor_txid = @to_txid, cursor_seq = @to_seq, attempts = @attempts, next_attempt_at = @next_attempt_at,
    last_error = @last_error, last_delivery_at = @last_delivery_at, lease_until = @lease_until
WHERE tenant = @tenant AND id = @id AND lease_owner = @lease_owner AND cursor_txid = @from_txid AND cursor_seq = @from_seq
    AND (version = @version OR CAST(@any_version AS boolean))
RETURNING version;

-- Idle endpoints have no change of their tenant between their cursor and a position in the feed.
-- name: ListIdle :many
SELECT * FROM webhook_endpoints e
WHERE (cursor_txid, cursor_seq) < (@end_txid, @end_seq) AND NOT EXISTS (SELECT 1 FROM change_feed f WHERE f.tenant = e.tenant
    AND (f.txid, f.seq) > (e.cursor_txid, e.cursor_seq) AND (f.txid, f.seq) <= (@end_txid, @end_seq));

-- name: MoveIdleCursor :exec
UPDATE webhook_endpoints SET cursor_txid = @to_txid, cursor_seq = @to_seq
WHERE tenant = @tenant AND id = @id AND cursor_txid = @from_txid AND cursor_seq = @from_seq AND version = @version
    AND lease_owner = '';
