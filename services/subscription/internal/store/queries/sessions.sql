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

-- What LocateSession finds, and where PostgreSQL has the row of the session. SQLite has no such place.
-- name: LocateSessionWithPlace :one
SELECT
    sessions.tenant, sessions.document, users.document AS user_document,
    CAST(COALESCE(privacy_levels.document, '') AS text) AS level_document, CAST(sessions.ctid AS text) AS place
FROM sessions
JOIN users ON users.tenant = sessions.tenant AND users.id = sessions.user_id
LEFT JOIN privacy_levels ON privacy_levels.tenant = users.tenant AND privacy_levels.id = users.max_privacy_level
WHERE sessions.token_hash = $1;

-- Counts the session at a place, 0 or 1, if the digests of its document, its user's, and that of the user's highest privacy level or an empty text have a certain
-- digest. The documents hold hashes of the token and the password, which PostgreSQL would write to its log with the parameters of a slow statement. PostgreSQL
-- refuses a transaction beside others that write where it has read. By its token, it would read a page of an index, to which every login and every use that is
-- recorded adds; by its place, it reads this row alone. SQLite has neither places nor sha256.
-- name: CountSessionAtPlace :one
SELECT count(*) FROM sessions
JOIN users ON users.tenant = sessions.tenant AND users.id = sessions.user_id
WHERE sessions.ctid = CAST(CAST(@place AS text) AS tid) AND sessions.tenant = @tenant
    AND CAST(@digest AS bytea) = sha256(
        sha256(convert_to(sessions.document, 'UTF8')) || sha256(convert_to(users.document, 'UTF8')) || sha256(convert_to(COALESCE((
            SELECT privacy_levels.document FROM privacy_levels
            WHERE privacy_levels.tenant = users.tenant AND privacy_levels.id = users.max_privacy_level
        ), ''), 'UTF8'))
    );

-- What LocateSession finds, with the subscription that has a number, or without one, an id; all that it refers to; the privacy level of
-- its account; and the settings. What there is none of are empty texts. What there can be several of are JSON arrays, and a part is an
-- object with its kind as the only member. Where PostgreSQL has no statistics, it would read the parts of all subscriptions for a join;
-- joins of the others take it longer than subqueries. Reading the parts once for all kinds took 62 us where once for each took 75.
-- name: LocateSessionWithSubscription :one
SELECT
    sessions.tenant, sessions.document, users.document AS user_document,
    CAST(COALESCE((SELECT privacy_levels.document FROM privacy_levels WHERE privacy_levels.tenant = users.tenant AND privacy_levels.id = users.max_privacy_level), '') AS text) AS level_document,
    CAST(COALESCE(shown.document, '') AS text) AS shown_document,
    CAST(COALESCE((SELECT accounts.document FROM accounts WHERE accounts.tenant = shown.tenant AND accounts.id = shown.account), '') AS text) AS account_document,
    CAST(COALESCE((SELECT subscription_types.document FROM subscription_types WHERE subscription_types.tenant = shown.tenant AND subscription_types.id = shown.type), '') AS text) AS type_document,
    CAST(COALESCE((SELECT subscription_groups.document FROM subscription_groups WHERE subscription_groups.tenant = shown.tenant AND subscription_groups.id = shown.owner_group), '') AS text) AS group_document,
    CAST(COALESCE((
        SELECT '[' || string_agg(privacy_levels.document, ',') || ']' FROM privacy_levels
        WHERE privacy_levels.tenant = shown.tenant AND privacy_levels.id IN (shown.privacy_level, (
            SELECT accounts.privacy_level FROM accounts WHERE accounts.tenant = shown.tenant AND accounts.id = shown.account
        ))
    ), '') AS text) AS level_documents,
    CAST(COALESCE((
        SELECT '[' || string_agg('{"' || part.kind || '":' || CASE part.kind
            WHEN 'products' THEN (SELECT products.document FROM products WHERE products.tenant = part.tenant AND products.id = part.id)
            WHEN 'installedItems' THEN (SELECT installed_items.document FROM installed_items WHERE installed_items.tenant = part.tenant AND installed_items.id = part.id)
            WHEN 'billingTermSchemes' THEN (SELECT billing_term_schemes.document FROM billing_term_schemes WHERE billing_term_schemes.tenant = part.tenant AND billing_term_schemes.id = part.id)
        END || '}', ',') || ']'
        FROM subscription_parts AS part WHERE part.tenant = shown.tenant AND part.subscription = shown.id
    ), '') AS text) AS part_documents,
    CAST(COALESCE((SELECT settings.document FROM settings WHERE settings.tenant = sessions.tenant), '') AS text) AS settings_document
FROM sessions
JOIN users ON users.tenant = sessions.tenant AND users.id = sessions.user_id
LEFT JOIN subscriptions AS shown ON shown.tenant = sessions.tenant AND shown.id = COALESCE((
    SELECT numbered.id FROM subscriptions AS numbered WHERE numbered.tenant = sessions.tenant AND numbered.number = sqlc.narg(number)
), CAST(@id AS text))
WHERE sessions.token_hash = @token_hash;

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
