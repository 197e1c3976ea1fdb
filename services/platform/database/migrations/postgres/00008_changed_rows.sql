-- +goose Up
-- One row per transaction that may have changed rows which programs keep in memory, written with its COMMIT: its number, and what it changed,
-- in words that services/platform/database/invalidation.go explains. Programs that do not write here can no longer work on the store: what they commit
-- in the second until they notice is seen a second later. Rows are removed a minute after all transactions that were open at their commit have
-- ended. The numbers are not unique: a store that was restored from a dump has some of another server.
CREATE TABLE IF NOT EXISTS changed_rows (
    xid  XID8 NOT NULL DEFAULT pg_current_xact_id(),
    what TEXT NOT NULL
) WITH (vacuum_truncate = off);
CREATE INDEX IF NOT EXISTS changed_rows_by_xid ON changed_rows (xid);
-- Pages that stay when these rows are removed. Without them PostgreSQL plans to read the whole table, and does so when it has become large.
INSERT INTO changed_rows (xid, what) SELECT '0', repeat('nothing ', 90) FROM generate_series(1, 1000);
-- A single row: the number up to which rows have been removed.
CREATE TABLE IF NOT EXISTS changed_rows_floor (xid XID8 NOT NULL);
INSERT INTO changed_rows_floor SELECT '0' WHERE NOT EXISTS (SELECT FROM changed_rows_floor);
