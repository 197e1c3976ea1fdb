-- +goose Up
-- One row per transaction that may have changed rows which programs keep in memory, written with its COMMIT: its number, and what it changed,
-- in words that services/platform/database/news.go explains. Programs that do not write here can no longer work on the store. Rows are removed
-- a minute after their commit. The numbers are not unique: a store that was restored from a dump has some of another server.
CREATE TABLE IF NOT EXISTS changed_rows (
    xid  XID8 NOT NULL DEFAULT pg_current_xact_id(),
    what TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS changed_rows_by_xid ON changed_rows (xid);
-- A single row: the number up to which rows have been removed.
CREATE TABLE IF NOT EXISTS changed_rows_floor (xid XID8 NOT NULL);
INSERT INTO changed_rows_floor SELECT '0' WHERE NOT EXISTS (SELECT FROM changed_rows_floor);
