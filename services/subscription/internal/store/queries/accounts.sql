-- name: GetAccount :one
SELECT document FROM accounts WHERE tenant = $1 AND id = $2;

-- name: GetAccountByNumber :one
SELECT document FROM accounts WHERE tenant = $1 AND number = $2;

-- name: ListAccounts :many
SELECT document FROM accounts WHERE tenant = $1;

-- name: CreateAccount :execrows
INSERT INTO accounts (
    tenant, id, number, version, document
) VALUES (
    $1, $2, $3, $4, $5
) ON CONFLICT DO NOTHING;
