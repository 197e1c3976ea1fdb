-- name: CreateRate :exec
INSERT INTO line_rates (tenant, line_id, number, effective_date, applies_from, monthly_amount, reason_code, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: DeleteRates :exec
DELETE FROM line_rates WHERE tenant = $1 AND line_id = $2;
