-- name: CreateTypeService :exec
INSERT INTO type_services (
    tenant, type, product
) VALUES (
    $1, $2, $3
) ON CONFLICT DO NOTHING;

-- name: DeleteTypeServices :exec
DELETE FROM type_services WHERE tenant = $1 AND type = $2;

-- name: CountTypesWithProduct :one
SELECT count(*) FROM type_services WHERE tenant = $1 AND product = $2;
