-- name: CreateLineCycle :exec
INSERT INTO line_cycles (tenant, id, next_cycle_date, last_cycle_date, version, updated, end_date, unbilled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: UpdateLineCycle :execrows
UPDATE line_cycles
SET next_cycle_date = $3, last_cycle_date = $4, version = $5, updated = $6, end_date = $7, unbilled = $8
WHERE tenant = $1 AND id = $2 AND version = $5 - 1;

-- Sets what no index has.
-- name: UpdateLineVersion :execrows
UPDATE line_cycles SET version = $3, updated = $4 WHERE tenant = $1 AND id = $2 AND version = $3 - 1;
