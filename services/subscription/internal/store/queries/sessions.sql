-- name: GetSession :one
SELECT document FROM sessions WHERE tenant = $1 AND id = $2;

-- A session with its user and the highest privacy level that this sees, or an empty text if it sees all.
-- name: LocateSession :one
SELECT
    sessions.tenant, sessions.document, users.document AS user_document,
    CAST(COALESCE(privacy_levels.document, '') AS text) AS level_document
FROM sessions
JOIN users ON users.tenant = sessions.tenant AND users.id = sessions.user_id
LEFT JOIN privacy_levels ON privacy_levels.tenant = users.tenant AND privacy_levels.id = users.max_privacy_level
WHERE sessions.token_hash = $1;

-- name: ListSessions :many
SELECT document FROM sessions WHERE tenant = $1;

-- name: CountSessionsOfUser :one
SELECT count(*) FROM sessions WHERE tenant = $1 AND user_id = $2;

-- name: CreateSession :execrows
INSERT INTO sessions (
    tenant, id, token_hash, last_used, version, document, user_id, organisation, created, ends
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
) ON CONFLICT DO NOTHING;

-- name: UpdateSession :execrows
UPDATE sessions
SET token_hash = $3, last_used = $4, version = $5, document = $6, user_id = $7, organisation = $8, created = $9,
    ends = $10
WHERE tenant = $1 AND id = $2 AND version = $5 - 1;

-- name: DeleteSession :execrows
DELETE FROM sessions WHERE tenant = $1 AND id = $2 AND version = $3;

-- name: PurgeSessions :exec
DELETE FROM sessions
WHERE tenant = @tenant AND last_used < CAST(@unused_since AS bigint)
    AND (ends IS NULL OR ends < CAST(@ended_before AS bigint));
