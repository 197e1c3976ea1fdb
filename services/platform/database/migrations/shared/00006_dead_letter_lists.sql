-- +goose Up
-- People look for the dead letters of all endpoints, newest first.
CREATE INDEX webhook_dead_letters_by_time ON webhook_dead_letters (tenant, failed_at, endpoint, txid, seq);
