-- name: CreateUserFieldValue :execrows
INSERT INTO user_field_values (
    tenant, kind, field, value, owner
) VALUES (
    $1, $2, $3, $4, $5
) ON CONFLICT DO NOTHING;

-- name: DeleteUserFieldValues :exec
DELETE FROM user_field_values WHERE tenant = $1 AND kind = $2 AND owner = $3;

-- name: DeleteUserField :exec
DELETE FROM user_field_values WHERE tenant = $1 AND kind = $2 AND field = $3;
