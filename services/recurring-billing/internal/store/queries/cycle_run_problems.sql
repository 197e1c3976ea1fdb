-- The problems with bill-tos, followed by those with batches that were given up.
-- name: ListProblems :many
SELECT p.bill_to_id, p.currency, p.after_bill_to, p.upto_bill_to, p.message
FROM cycle_run_problems p WHERE p.tenant = $1 AND p.run_id = $2 AND p.job = $3
UNION ALL
SELECT 0, '', b.after_bill_to, b.upto_bill_to, b.error
FROM cycle_run_batches b WHERE b.tenant = $1 AND b.run_id = $2 AND b.job = $3 AND b.state = 'FAILED'
ORDER BY upto_bill_to, bill_to_id, currency LIMIT $4;

-- name: CountProblems :one
SELECT count(*) FROM cycle_run_problems WHERE tenant = $1 AND run_id = $2 AND job = $3;

