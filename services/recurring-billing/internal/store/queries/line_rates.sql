-- name: PutRate :exec
INSERT INTO line_rates (tenant, line_id, effective_date, monthly_amount, reason_code) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, line_id, effective_date) DO UPDATE
SET monthly_amount = excluded.monthly_amount, reason_code = excluded.reason_code;

-- name: DeleteRate :exec
DELETE FROM line_rates WHERE tenant = $1 AND line_id = $2 AND effective_date = $3;
