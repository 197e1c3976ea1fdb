-- name: GetCustomer :one
SELECT * FROM customers WHERE tenant = $1 AND customer_id = $2;

-- name: ListCustomers :many
SELECT * FROM customers WHERE tenant = $1;

-- name: CreateCustomer :execrows
INSERT INTO customers (
    tenant, customer_id, uid, grantor_tax_id, customer_tax_id, profile, portal_password, version, created_at, updated_at
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
) ON CONFLICT DO NOTHING;
