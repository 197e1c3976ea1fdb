-- name: ListJobs :many
SELECT * FROM cycle_run_jobs WHERE tenant = $1 AND run_id = $2 ORDER BY number;

-- Creates a job, or updates what can change of it.
-- name: PutJob :exec
INSERT INTO cycle_run_jobs (
    tenant, run_id, number, kind, state, actor, reason, release_periods, batch_count, batches_done, problem_count, created, ended
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
) ON CONFLICT (tenant, run_id, number) DO UPDATE
SET state = excluded.state, batches_done = excluded.batches_done, problem_count = excluded.problem_count, ended = excluded.ended;
