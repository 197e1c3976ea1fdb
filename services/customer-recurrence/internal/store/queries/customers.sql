-- name: GetCustomer :one
SELECT * FROM customers WHERE tenant = $1 AND customer_id = $2;

-- name: ListCustomers :many
SELECT * FROM customers WHERE tenant = $1;

-- name: CreateCustomer :execrows
INSERT INTO customers (
    tenant, customer_id, uid, grantor_tax_id, customer_tax_id, profile, portal_password, version, created_at, updated_at,
    inactive, business_name, given_name, first_surname, customer_code, state, cancellation, merged_into
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
) ON CONFLICT DO NOTHING;

-- The id and the uid never change.
-- name: UpdateCustomer :execrows
UPDATE customers
SET grantor_tax_id = $4, customer_tax_id = $5, profile = $6, portal_password = $7, version = $8, created_at = $9,
    updated_at = $10, inactive = $11, business_name = $12, given_name = $13, first_surname = $14, customer_code = $15,
    state = $16, cancellation = $17, merged_into = $18
WHERE tenant = $1 AND customer_id = $2 AND uid = $3 AND version = $8 - 1;

-- name: DeleteCustomer :execrows
DELETE FROM customers WHERE tenant = $1 AND customer_id = $2 AND version = $3;

-- The second condition is that of the index.
-- name: CountCustomersMergedInto :one
SELECT count(*) FROM customers WHERE tenant = $1 AND merged_into = $2 AND merged_into <> '';
