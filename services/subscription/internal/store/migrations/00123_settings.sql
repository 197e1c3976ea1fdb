-- +goose Up
-- What a tenant sets for all its subscriptions, one row a tenant. Programs of before do not know the time zone.
-- oldest program: 00120
CREATE TABLE settings (
    tenant   TEXT   NOT NULL PRIMARY KEY,
    version  BIGINT NOT NULL,
    document TEXT   NOT NULL
);
