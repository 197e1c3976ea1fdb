-- +goose Up
-- How often a scheduled run that failed went on by itself.
ALTER TABLE cycle_runs ADD COLUMN retries BIGINT NOT NULL DEFAULT 0;
