-- +goose Up
-- One row for each mutation that came with a key of its caller's, written in the mutation's transaction: whoever sends
-- the key again gets this outcome and causes nothing.
CREATE TABLE idempotency_keys (
    tenant       TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    request_hash BYTEA  NOT NULL,
    outcome      TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
