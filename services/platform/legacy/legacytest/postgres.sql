-- +goose Up
-- One row per resource that a mutation changed, written in the same transaction. seq is allocated before the commit, so it
-- is not in commit order: readers order by (txid, seq) and read only rows of transactions that are older than all running
-- ones, so that no later commit can precede them. seq has no index of its own, since no query uses it alone.
CREATE TABLE change_feed (
    seq           BIGINT GENERATED ALWAYS AS IDENTITY,
    txid          BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    tenant        TEXT   NOT NULL,
    at            BIGINT NOT NULL,
    actor         TEXT   NOT NULL,
    resource      TEXT   NOT NULL,
    resource_type TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    state         TEXT   NOT NULL
);
CREATE INDEX change_feed_by_tenant ON change_feed (tenant, txid, seq);
CREATE INDEX change_feed_by_resource ON change_feed (tenant, resource, txid, seq);
-- A single row: the position up to which entries have been removed after their retention.
CREATE TABLE change_feed_floor (txid BIGINT NOT NULL, seq BIGINT NOT NULL);
INSERT INTO change_feed_floor VALUES (0, 0);
