-- +goose Up
-- One row per resource that a mutation changed, written in the same transaction. SQLite has a single writer, so seq is in
-- commit order. state is a serialized google.protobuf.Any.
CREATE TABLE change_feed (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    txid          BIGINT  NOT NULL DEFAULT 0,
    tenant        TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    actor         TEXT    NOT NULL,
    resource      TEXT    NOT NULL,
    resource_type TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    state         BYTEA   NOT NULL
);
CREATE INDEX change_feed_by_tenant ON change_feed (tenant, txid, seq);
CREATE INDEX change_feed_by_resource ON change_feed (tenant, resource, txid, seq);
-- A single row: the position up to which entries have been removed after their retention.
CREATE TABLE change_feed_floor (txid BIGINT NOT NULL, seq BIGINT NOT NULL);
INSERT INTO change_feed_floor VALUES (0, 0);
