-- name: GetBillTo :one
SELECT * FROM bill_tos WHERE tenant = $1 AND id = $2;

-- name: GetBillToOfCustomer :one
SELECT * FROM bill_tos WHERE tenant = $1 AND customer_id = $2 AND NOT inactive ORDER BY id LIMIT 1;

-- name: ListBillTos :many
SELECT * FROM bill_tos WHERE tenant = $1;

-- name: CreateBillTo :execrows
INSERT INTO bill_tos (
    tenant, id, customer_id, display_name, version, created, updated, address, inactive, details
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
) ON CONFLICT DO NOTHING;

-- The customer never changes.
-- name: UpdateBillTo :execrows
UPDATE bill_tos
SET display_name = $4, version = $5, created = $6, updated = $7, address = $8, inactive = $9, details = $10
WHERE tenant = $1 AND id = $2 AND customer_id = $3 AND version = $5 - 1;

-- name: DeleteBillTo :execrows
DELETE FROM bill_tos WHERE tenant = $1 AND id = $2 AND version = $3;

-- What refers to a bill-to. Credit notes belong to invoices.
-- name: CountUsesOfBillTo :one
SELECT (SELECT count(*) FROM recurring_lines l WHERE l.tenant = $1 AND l.bill_to_id = $2) AS lines,
    (SELECT count(*) FROM master_accounts m WHERE m.tenant = $1 AND m.bill_to_id = $2) AS master_accounts,
    (SELECT count(*) FROM invoices i WHERE i.tenant = $1 AND i.bill_to_id = $2) AS invoices,
    (SELECT count(*) FROM charges k WHERE k.tenant = $1 AND k.bill_to_id = $2) AS charges;

-- name: ListCustomersOfBillTos :many
SELECT id, customer_id FROM bill_tos WHERE tenant = @tenant AND id > @after_bill_to AND id <= @upto_bill_to;
