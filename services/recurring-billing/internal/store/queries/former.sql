-- name: CreateFormerBillTo :execrows
INSERT INTO former_bill_tos (
    tenant, id, version, last_invoice, last_credit_note, display_name, address
) VALUES (
    $1, $2, $3, $4, $5, $6, $7
) ON CONFLICT DO NOTHING;

-- The bill-to as an invoice with a number shows it: the first row whose last invoice is not before it.
-- name: GetFormerBillToOfInvoice :one
SELECT * FROM former_bill_tos
WHERE tenant = $1 AND id = $2 AND display_name <> '' AND last_invoice >= $3 ORDER BY version LIMIT 1;

-- name: GetFormerBillToOfCreditNote :one
SELECT * FROM former_bill_tos
WHERE tenant = $1 AND id = $2 AND display_name <> '' AND last_credit_note >= $3 ORDER BY version LIMIT 1;

-- name: ListFormerBillTos :many
SELECT * FROM former_bill_tos WHERE tenant = $1;

-- name: CreateFormerProfile :execrows
INSERT INTO former_billing_profiles (
    tenant, version, last_invoice, last_credit_note, profile
) VALUES (
    $1, $2, $3, $4, $5
) ON CONFLICT DO NOTHING;

-- name: GetFormerProfileOfInvoice :one
SELECT * FROM former_billing_profiles WHERE tenant = $1 AND last_invoice >= $2 ORDER BY version LIMIT 1;

-- name: GetFormerProfileOfCreditNote :one
SELECT * FROM former_billing_profiles WHERE tenant = $1 AND last_credit_note >= $2 ORDER BY version LIMIT 1;

-- name: ListFormerProfiles :many
SELECT * FROM former_billing_profiles WHERE tenant = $1 ORDER BY version;

-- name: DeleteFormerBillTos :exec
DELETE FROM former_bill_tos WHERE tenant = $1 AND id = $2;
