-- +goose Up
-- The package when something was last counted, whose prices the month keeps. Empty: counted before it was kept.
ALTER TABLE usage_totals ADD COLUMN package_id TEXT NOT NULL DEFAULT '';
