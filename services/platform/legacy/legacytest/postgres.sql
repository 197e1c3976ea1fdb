-- +goose Up
-- One row for each resource a mutation changed, written in the mutation's transaction. seq is allocated before the
-- commit, so its order is not the order of commits: readers take rows in the order (txid, seq) and only those of
-- transactions older than every one still running, which no later commit can precede. Nothing looks a row up by seq, so it
-- has no index of its own.
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
-- One row: the position up to which entries have passed their retention and are gone.
CREATE TABLE change_feed_floor (txid BIGINT NOT NULL, seq BIGINT NOT NULL);
INSERT INTO change_feed_floor VALUES (0, 0);
