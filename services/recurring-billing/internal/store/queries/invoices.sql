-- name: GetInvoice :one
SELECT * FROM invoices WHERE tenant = $1 AND id = $2;

-- Covers all tenants: the caller appends a WHERE clause.
-- name: SelectInvoices :many
SELECT * FROM invoices;

-- name: ListDrafts :many
SELECT * FROM invoices
WHERE tenant = @tenant AND run_id = @run_id AND bill_to_id > @after_bill_to AND bill_to_id <= @upto_bill_to AND number IS NULL
ORDER BY bill_to_id, currency;

-- The invoices of a run that can be voided, or whose periods can be released.
-- name: ListVoidable :many
SELECT * FROM invoices
WHERE tenant = @tenant AND run_id = @run_id AND bill_to_id > @after_bill_to AND bill_to_id <= @upto_bill_to
    AND (state = 'FINALIZED' OR state = 'VOID' AND CAST(@released AS boolean) AND NOT periods_released)
ORDER BY number;

-- What an invoice bills never changes.
-- name: UpdateInvoice :execrows
UPDATE invoices
SET state = @state, credited = @credited, void_reason = @void_reason, voided = @voided, periods_released = @periods_released,
    void_date = @void_date, version = @version, updated = @updated
WHERE tenant = @tenant AND id = @id AND version = sqlc.arg(version) - 1;

-- The last invoice and the last credit note that were issued, or 0.
-- name: GetLatest :one
SELECT CAST(COALESCE((SELECT MAX(i.number) FROM invoices i WHERE i.tenant = $1), 0) AS bigint) AS invoice,
    CAST(COALESCE((SELECT MAX(n.id) FROM credit_notes n WHERE n.tenant = $1), 0) AS bigint) AS credit_note;

-- name: GetInvoiceItems :one
SELECT items FROM invoice_items WHERE tenant = $1 AND invoice_id = $2;

-- name: GetBilledBefore :one
SELECT period_start FROM billed_periods WHERE tenant = $1 AND line_id = $2 AND period_start < $3
ORDER BY period_start DESC LIMIT 1;

-- name: DeletePeriod :exec
DELETE FROM billed_periods WHERE tenant = $1 AND line_id = $2 AND period_start = $3;
