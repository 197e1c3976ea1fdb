-- +goose Up
-- Half of each page stays free, so that a month's new figures fit beside the old ones and no index entry is written.
ALTER TABLE mrr_movements SET (fillfactor = 50);
