-- name: GetSubscription :one
SELECT document FROM subscriptions WHERE tenant = $1 AND id = $2;

-- name: GetSubscriptionByNumber :one
SELECT document FROM subscriptions WHERE tenant = $1 AND number = $2;

-- A subscription with its owners and the settings. The settings are an empty text if they were never set. Subqueries, unlike joins, lead
-- PostgreSQL to one row of each table, also where it has no statistics.
-- name: GetOwned :one
SELECT
    owned.document,
    CAST(COALESCE((SELECT accounts.document FROM accounts WHERE accounts.tenant = owned.tenant AND accounts.id = owned.account), '') AS text) AS account_document,
    CAST(COALESCE((SELECT subscription_types.document FROM subscription_types WHERE subscription_types.tenant = owned.tenant AND subscription_types.id = owned.type), '') AS text) AS type_document,
    CAST(COALESCE((SELECT settings.document FROM settings WHERE settings.tenant = owned.tenant), '') AS text) AS settings_document
FROM subscriptions AS owned
WHERE owned.tenant = $1 AND owned.id = $2;

-- name: GetOwnedByNumber :one
SELECT
    owned.document,
    CAST(COALESCE((SELECT accounts.document FROM accounts WHERE accounts.tenant = owned.tenant AND accounts.id = owned.account), '') AS text) AS account_document,
    CAST(COALESCE((SELECT subscription_types.document FROM subscription_types WHERE subscription_types.tenant = owned.tenant AND subscription_types.id = owned.type), '') AS text) AS type_document,
    CAST(COALESCE((SELECT settings.document FROM settings WHERE settings.tenant = owned.tenant), '') AS text) AS settings_document
FROM subscriptions AS owned
WHERE owned.tenant = $1 AND owned.number = $2;

-- name: ListSubscriptions :many
SELECT document FROM subscriptions WHERE tenant = $1;

-- name: CreateSubscription :execrows
INSERT INTO subscriptions (
    tenant, id, number, version, document, state, rating, first_activated, account, type, owner_group, privacy_level,
    created, updated, levels
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
    COALESCE($12, '') || '/' || COALESCE((
        SELECT accounts.privacy_level FROM accounts WHERE accounts.tenant = $1 AND accounts.id = $9
    ), '')
) ON CONFLICT DO NOTHING;

-- The levels, as the migration that adds them says, are looked up only if they can differ, or are the default.
-- name: UpdateSubscription :execrows
UPDATE subscriptions
SET
    number = $3, version = $4, document = $5, state = $6, rating = $7, first_activated = $8, account = $9,
    type = $10, owner_group = $11, privacy_level = $12, created = $13, updated = $14,
    levels = CASE
        WHEN account = $9 AND COALESCE(privacy_level, '') = COALESCE($12, '') AND levels <> '?/?' THEN levels
        ELSE COALESCE($12, '') || '/' || COALESCE((
            SELECT accounts.privacy_level FROM accounts WHERE accounts.tenant = $1 AND accounts.id = $9
        ), '')
    END
WHERE subscriptions.tenant = $1 AND subscriptions.id = $2 AND subscriptions.version = $4 - 1;

-- Updates a subscription of which nothing that an index has differs, unless its levels are the default. SQLite writes the indexes of all columns that are set,
-- whether they differ or not.
-- name: UpdateSubscriptionDocument :execrows
UPDATE subscriptions
SET version = @version, document = @document, updated = @updated
WHERE tenant = @tenant AND id = @id AND version = @version - 1 AND levels <> '?/?';

-- Updates what depends on the privacy level of an account.
-- name: UpdateLevelsOfAccount :exec
UPDATE subscriptions SET levels = COALESCE(privacy_level, '') || '/' || CAST(@privacy_level AS text)
WHERE tenant = @tenant AND account = @account;

-- Counts the subscriptions of an account, but no more than a limit.
-- name: CountSomeOfAccount :one
SELECT count(*) FROM (
    SELECT 1 FROM subscriptions WHERE tenant = @tenant AND account = @account LIMIT CAST(@most AS bigint)
) AS counted;

-- Updates some subscriptions that have the same levels, which are not those of their account any more.
-- name: UpdateSomeLevels :execrows
UPDATE subscriptions SET levels = COALESCE(privacy_level, '') || '/' || CAST(@privacy_level AS text)
WHERE subscriptions.tenant = @tenant AND subscriptions.id IN (
    SELECT outdated.id FROM subscriptions AS outdated
    WHERE outdated.tenant = @tenant AND outdated.account = @account AND outdated.levels = @levels
    ORDER BY outdated.id LIMIT CAST(@most AS bigint)
);

-- Notes that an account got another level. A row that is there is written anew, so that a transaction which has seen only the level
-- before collides when it deletes the row, and looks again.
-- name: CreateLevelChange :exec
INSERT INTO level_changes (tenant, account) VALUES ($1, $2)
ON CONFLICT (tenant, account) DO UPDATE SET account = excluded.account;

-- name: DeleteLevelChange :exec
DELETE FROM level_changes WHERE tenant = $1 AND account = $2;

-- name: PrivacyLevelOfAccount :one
SELECT CAST(COALESCE(MAX(privacy_level), '') AS text) FROM accounts WHERE tenant = $1 AND id = $2;

-- name: DeleteSubscription :execrows
DELETE FROM subscriptions WHERE tenant = $1 AND id = $2 AND version = $3;

-- name: CountSubscriptionsOfAccount :one
SELECT count(*) FROM subscriptions WHERE tenant = $1 AND account = $2;

-- name: CountSubscriptionsOfType :one
SELECT count(*) FROM subscriptions WHERE tenant = $1 AND type = $2;

-- name: CountSubscriptionsOfGroup :one
SELECT count(*) FROM subscriptions WHERE tenant = $1 AND owner_group = CAST($2 AS text);

-- name: CountSubscriptionsOfPrivacyLevel :one
SELECT count(*) FROM subscriptions WHERE tenant = $1 AND privacy_level = CAST($2 AS text);
