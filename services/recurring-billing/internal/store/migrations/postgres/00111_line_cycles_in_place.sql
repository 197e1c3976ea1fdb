-- +goose Up
-- Half of each page stays free: a run's new version of a row fits beside the old one, and no index entry is written.
ALTER TABLE line_cycles SET (fillfactor = 50);
