-- +goose Up
-- One row per webhook endpoint. state is the endpoint without its secrets; the other columns hold the secrets and the state
-- of deliveries. The change feed is the queue: changes after the cursor have not been sent yet. The holder of the lease
-- sends changes, and moves the cursor only while it holds the lease.
CREATE TABLE webhook_endpoints (
    tenant                TEXT    NOT NULL,
    id                    TEXT    NOT NULL,
    state                 TEXT    NOT NULL,
    version               BIGINT  NOT NULL,
    disabled              BOOLEAN NOT NULL,
    secret                TEXT    NOT NULL,
    secret_number         BIGINT  NOT NULL,
    previous_secret       TEXT    NOT NULL,
    previous_secret_until BIGINT  NOT NULL,
    cursor_txid           BIGINT  NOT NULL,
    cursor_seq            BIGINT  NOT NULL,
    patient_since         BIGINT  NOT NULL,
    attempts              BIGINT  NOT NULL,
    next_attempt_at       BIGINT  NOT NULL,
    last_error            TEXT    NOT NULL,
    last_delivery_at      BIGINT  NOT NULL,
    lease_owner           TEXT    NOT NULL,
    lease_until           BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id)
);
-- One row per change that could not be delivered to an endpoint in time.
CREATE TABLE webhook_dead_letters (
    tenant     TEXT   NOT NULL,
    endpoint   TEXT   NOT NULL,
    txid       BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    payload    TEXT   NOT NULL,
    attempts   BIGINT NOT NULL,
    last_error TEXT   NOT NULL,
    failed_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant, endpoint, txid, seq)
);
CREATE INDEX webhook_dead_letters_by_age ON webhook_dead_letters (failed_at);
