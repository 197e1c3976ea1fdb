-- name: GetCreditNote :one
SELECT * FROM credit_notes WHERE tenant = $1 AND id = $2;

-- name: ListCreditNotes :many
SELECT * FROM credit_notes WHERE tenant = $1;

-- name: CreateCreditNote :execrows
INSERT INTO credit_notes (
    tenant, id, invoice_id, invoice_number, bill_to_id, customer_id, issue_date, currency, total, reason, items, version,
    created, updated
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
) ON CONFLICT DO NOTHING;
