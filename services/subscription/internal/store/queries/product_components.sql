-- name: CreateProductComponent :exec
INSERT INTO product_components (
    tenant, product, component
) VALUES (
    $1, $2, $3
) ON CONFLICT DO NOTHING;

-- name: DeleteProductComponents :exec
DELETE FROM product_components WHERE tenant = $1 AND product = $2;

-- name: CountProductsWithComponent :one
SELECT count(*) FROM product_components WHERE tenant = $1 AND component = $2;
