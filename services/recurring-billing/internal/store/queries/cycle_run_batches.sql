-- name: ListDoneBatches :many
SELECT state, updated, invoice_count, period_count, totals FROM cycle_run_batches
WHERE tenant = $1 AND run_id = $2 AND state <> 'PENDING';

-- name: CountGivenUp :one
SELECT count(*) FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2 AND job = 0 AND state = 'FAILED';

-- Counts the drafts of a run by what became of them, and returns when the last one changed.
-- name: CountDrafts :one
SELECT CAST(COALESCE(SUM(draft_count), 0) AS bigint) AS remaining, CAST(COALESCE(SUM(finalized_count), 0) AS bigint) AS finalized,
    CAST(COALESCE(SUM(discarded_count), 0) AS bigint) AS discarded, CAST(COALESCE(MAX(updated), 0) AS bigint) AS updated
FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2;

-- name: CountJobBatches :one
SELECT count(CASE WHEN state = 'DONE' THEN 1 END) AS done, count(CASE WHEN state = 'FAILED' THEN 1 END) AS failed,
    CAST(COALESCE(MAX(updated), 0) AS bigint) AS updated
FROM cycle_run_batches WHERE tenant = $1 AND run_id = $2 AND job = $3;

-- name: FinishBatch :execrows
UPDATE cycle_run_batches
SET state = 'DONE', error = '', invoice_count = $4, period_count = $5, totals = $6, draft_count = $7, updated = $8
WHERE tenant = $1 AND run_id = $2 AND number = $3 AND state = 'PENDING';

-- name: PostponeBatch :execrows
UPDATE cycle_run_batches
SET state = $4, attempts = $5, not_before = $6, error = $7, updated = $8
WHERE tenant = $1 AND run_id = $2 AND number = $3 AND state = 'PENDING';

-- name: SettleBatch :execrows
UPDATE cycle_run_batches
SET state = 'DONE', error = '', draft_count = draft_count - sqlc.arg(finalized) - sqlc.arg(discarded),
    finalized_count = finalized_count + sqlc.arg(finalized), discarded_count = discarded_count + sqlc.arg(discarded), updated = @updated
WHERE tenant = @tenant AND run_id = @run_id AND number = @number AND state = 'PENDING';

-- Counts a single draft in its batch.
-- name: CountSettled :execrows
UPDATE cycle_run_batches
SET draft_count = draft_count - sqlc.arg(finalized) - sqlc.arg(discarded), finalized_count = finalized_count + sqlc.arg(finalized),
    discarded_count = discarded_count + sqlc.arg(discarded), updated = @updated
WHERE tenant = @tenant AND run_id = @run_id AND after_bill_to < @bill_to_id AND upto_bill_to >= @bill_to_id;

-- name: RetryBatches :exec
UPDATE cycle_run_batches SET state = 'PENDING', attempts = 0, not_before = 0, error = ''
WHERE tenant = $1 AND run_id = $2 AND state = 'FAILED';

-- The drafts of an imported run are counted in a single batch.
-- name: CreateImportedBatch :exec
INSERT INTO cycle_run_batches (
    tenant, run_id, number, after_bill_to, upto_bill_to, state, error, finalized_count, discarded_count, attempts, not_before,
    invoice_count, period_count, totals
) VALUES (
    $1, $2, 1, 0, 0, 'DONE', '', $3, $4, 0, 0, 0, 0, '{}'
);
