-- name: GetAccount :one
SELECT document FROM accounts WHERE tenant = $1 AND id = $2;

-- name: GetAccountByNumber :one
SELECT document FROM accounts WHERE tenant = $1 AND number = $2;

-- name: ListAccounts :many
SELECT document FROM accounts WHERE tenant = $1;

-- name: CreateAccount :execrows
INSERT INTO accounts (
    tenant, id, number, version, document, name, state, owner_name, inactive, created, updated,
    classification, contact, privacy_level, manager
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
) ON CONFLICT DO NOTHING;

-- name: UpdateAccount :execrows
UPDATE accounts
SET
    number = $3, version = $4, document = $5, name = $6, state = $7, owner_name = $8, inactive = $9, created = $10,
    updated = $11, classification = $12, contact = $13, privacy_level = $14, manager = $15
WHERE tenant = $1 AND id = $2 AND version = $4 - 1;

-- name: DeleteAccount :execrows
DELETE FROM accounts WHERE tenant = $1 AND id = $2 AND version = $3;

-- name: CountAccountsOfClassification :one
SELECT count(*) FROM accounts WHERE tenant = $1 AND classification = CAST($2 AS text);

-- name: CountAccountsOfPrivacyLevel :one
SELECT count(*) FROM accounts WHERE tenant = $1 AND privacy_level = CAST($2 AS text);

-- name: CountAccountsOfManager :one
SELECT count(*) FROM accounts WHERE tenant = $1 AND manager = CAST($2 AS text);

-- name: CountOpenSubscriptions :one
SELECT count(*) FROM subscriptions
WHERE tenant = $1 AND account = $2 AND state NOT IN ('CANCELLED', 'REGRETTED', 'REPLACED');
