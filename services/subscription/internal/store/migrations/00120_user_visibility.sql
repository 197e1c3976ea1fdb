-- +goose Up
-- Which subscriptions a user sees. Programs of before neither know nor keep it: restrict users once all replicas are newer.
-- oldest program: 00113
ALTER TABLE users ADD COLUMN max_privacy_level TEXT;
CREATE INDEX users_by_max_privacy_level ON users (tenant, max_privacy_level, id);

-- The groups whose subscriptions a user sees, if these are not all, so that a group in use cannot be deleted.
CREATE TABLE user_groups (
    tenant   TEXT NOT NULL,
    user_id  TEXT NOT NULL,
    group_id TEXT NOT NULL,
    PRIMARY KEY (tenant, user_id, group_id)
);
CREATE INDEX user_groups_by_group ON user_groups (tenant, group_id);
