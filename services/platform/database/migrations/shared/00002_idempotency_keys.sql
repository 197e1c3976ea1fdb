-- +goose Up
-- One row per mutation with an idempotency key, written in the same transaction. A request that repeats the key gets this
-- outcome and changes nothing.
CREATE TABLE idempotency_keys (
    tenant       TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    request_hash BYTEA  NOT NULL,
    outcome      TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
