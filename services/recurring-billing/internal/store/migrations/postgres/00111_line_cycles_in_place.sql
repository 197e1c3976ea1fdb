-- +goose Up
-- Half of each page stays free, so that a run's new version of a row fits beside the old one.
ALTER TABLE line_cycles SET (fillfactor = 50);
