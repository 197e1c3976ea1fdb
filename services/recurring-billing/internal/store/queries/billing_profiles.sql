-- name: GetProfile :one
SELECT * FROM billing_profiles WHERE tenant = $1;

-- name: PutProfile :exec
INSERT INTO billing_profiles (tenant, profile, version, created, updated) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant) DO UPDATE SET profile = excluded.profile, version = excluded.version, updated = excluded.updated;

-- name: IsBilledByPeriod :one
SELECT EXISTS (SELECT 1 FROM billed_by_period WHERE tenant = $1);

-- name: BillByPeriod :exec
INSERT INTO billed_by_period (tenant) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: HasBilled :one
SELECT EXISTS (SELECT 1 FROM billed_periods WHERE tenant = $1);
