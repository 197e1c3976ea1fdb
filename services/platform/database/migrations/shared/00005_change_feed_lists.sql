-- +goose Up
-- People look for changes by time, newest first, and for those of an actor or of a type of resource.
CREATE INDEX change_feed_by_time ON change_feed (tenant, at, txid, seq);
CREATE INDEX change_feed_by_actor ON change_feed (tenant, actor, at, txid, seq);
CREATE INDEX change_feed_by_type ON change_feed (tenant, resource_type, at, txid, seq);
