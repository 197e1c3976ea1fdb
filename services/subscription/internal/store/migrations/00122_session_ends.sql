-- +goose Up
-- When a session ends, used or not, in microseconds since 1970; NULL where that depends on its last use. Programs of before
-- give such a session an hour since its last use.
-- oldest program: 00113
ALTER TABLE sessions ADD COLUMN ends BIGINT;
