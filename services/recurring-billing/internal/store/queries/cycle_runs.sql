-- name: GetRun :one
SELECT * FROM cycle_runs WHERE tenant = $1 AND id = $2;

-- name: GetScheduledRun :one
SELECT * FROM cycle_runs WHERE tenant = $1 AND scheduled_date = $2;

-- name: ListRuns :many
SELECT * FROM cycle_runs WHERE tenant = $1;

-- name: ListEndedRuns :many
SELECT * FROM cycle_runs WHERE tenant = $1 AND id > $2 AND ended IS NOT NULL ORDER BY id LIMIT $3;

-- name: CreateRun :execrows
INSERT INTO cycle_runs (
    tenant, id, as_of_date, filter, preview, scheduled_date, actor, batch_count, batches_done, invoice_count, period_count,
    totals, problem_count, ended, version, created, updated, leave_drafts, retries, state
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20
) ON CONFLICT DO NOTHING;

-- name: UpdateRun :execrows
UPDATE cycle_runs
SET as_of_date = $3, filter = $4, preview = $5, scheduled_date = $6, actor = $7, batch_count = $8, batches_done = $9,
    invoice_count = $10, period_count = $11, totals = $12, problem_count = $13, ended = $14, version = $15, created = $16,
    updated = $17, leave_drafts = $18, retries = $19, state = $20
WHERE tenant = $1 AND id = $2 AND version = $15 - 1;
