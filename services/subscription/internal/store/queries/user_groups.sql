-- name: CreateUserGroup :exec
INSERT INTO user_groups (
    tenant, user_id, group_id
) VALUES (
    $1, $2, $3
) ON CONFLICT DO NOTHING;

-- name: DeleteUserGroups :exec
DELETE FROM user_groups WHERE tenant = $1 AND user_id = $2;

-- name: CountUsersOfGroup :one
SELECT count(*) FROM user_groups WHERE tenant = $1 AND group_id = $2;
