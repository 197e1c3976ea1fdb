-- name: GetProfile :one
SELECT * FROM billing_profiles WHERE tenant = $1;

-- name: PutProfile :exec
INSERT INTO billing_profiles (tenant, profile, version, created, updated) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant) DO UPDATE SET profile = excluded.profile, version = excluded.version, updated = excluded.updated;
