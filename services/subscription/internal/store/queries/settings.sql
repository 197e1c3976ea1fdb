-- name: GetSettings :one
SELECT document FROM settings WHERE tenant = $1;

-- name: CreateSettings :execrows
INSERT INTO settings (tenant, version, document) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: UpdateSettings :execrows
UPDATE settings SET version = $2, document = $3 WHERE tenant = $1 AND version = $2 - 1;

-- name: DeleteSettings :execrows
DELETE FROM settings WHERE tenant = $1 AND version = $2;
