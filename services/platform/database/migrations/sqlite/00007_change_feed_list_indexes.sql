-- +goose Up
-- An index of SQLite ends in the number of the row, which is seq, and txid is always 0. Without both, entries are smaller, and lists by time
-- read the index in their order: with txid between, the engine sorted the entries of the same time, such as those of a batch.
-- oldest program: 6
DROP INDEX IF EXISTS change_feed_by_time;
DROP INDEX IF EXISTS change_feed_by_actor;
DROP INDEX IF EXISTS change_feed_by_type;
CREATE INDEX change_feed_by_time ON change_feed (tenant, at);
CREATE INDEX change_feed_by_actor ON change_feed (tenant, actor, at);
CREATE INDEX change_feed_by_type ON change_feed (tenant, resource_type, at);
