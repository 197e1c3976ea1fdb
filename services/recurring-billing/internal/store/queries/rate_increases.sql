-- name: GetRateIncrease :one
SELECT * FROM rate_increases WHERE tenant = $1 AND id = $2;

-- name: ListRateIncreases :many
SELECT * FROM rate_increases WHERE tenant = $1;

-- name: CreateRateIncrease :execrows
INSERT INTO rate_increases (
    tenant, id, plan, state, actor, applied_to, undone_to, applied, skipped, undone, kept, change, attempts, not_before, failure, ended,
    version, created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19
) ON CONFLICT DO NOTHING;

-- name: UpdateRateIncrease :execrows
UPDATE rate_increases SET plan = @plan, state = @state, actor = @actor, ended = @ended, attempts = 0, not_before = 0, failure = '',
    version = @version, updated = @updated
WHERE tenant = @tenant AND id = @id AND version = @version - 1;

-- name: DeleteRateIncrease :execrows
DELETE FROM rate_increases WHERE tenant = $1 AND id = $2 AND version = $3;

-- name: KeepIncreaseProgress :execrows
UPDATE rate_increases SET applied_to = @applied_to, undone_to = @undone_to, applied = @applied, skipped = @skipped, undone = @undone,
    kept = @kept, change = @change, attempts = 0, not_before = 0, failure = '', updated = @updated
WHERE tenant = @tenant AND id = @id AND state = @state;

-- name: PassIncreaseLine :exec
UPDATE rate_increases SET applied_to = @applied_to, updated = @updated
WHERE tenant = @tenant AND id = @id AND applied_to < @applied_to;

-- name: PostponeIncrease :exec
UPDATE rate_increases SET attempts = @attempts, not_before = @not_before, failure = @failure, updated = @updated
WHERE tenant = @tenant AND id = @id AND state = @state;

-- name: ListRateIncreaseLines :many
SELECT * FROM rate_increase_lines WHERE tenant = $1;

-- name: CreateRateIncreaseLine :execrows
INSERT INTO rate_increase_lines (
    tenant, increase_id, line_id, outcome, currency, old_amount, new_amount, effective_date, applies_from, reason_code, message, replaced
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
) ON CONFLICT DO NOTHING;

-- name: SettleRateIncreaseLine :exec
UPDATE rate_increase_lines SET outcome = $4, message = $5 WHERE tenant = $1 AND increase_id = $2 AND line_id = $3;
