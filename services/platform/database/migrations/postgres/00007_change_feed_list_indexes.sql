-- +goose Up
-- Stores whose feed once held JSON have lost these indexes when it was rewritten.
-- oldest program: 6
CREATE INDEX IF NOT EXISTS change_feed_by_time ON change_feed (tenant, at, txid, seq);
CREATE INDEX IF NOT EXISTS change_feed_by_actor ON change_feed (tenant, actor, at, txid, seq);
CREATE INDEX IF NOT EXISTS change_feed_by_type ON change_feed (tenant, resource_type, at, txid, seq);
