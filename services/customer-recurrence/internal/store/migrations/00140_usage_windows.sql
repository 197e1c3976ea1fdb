-- +goose Up
-- What a limit is of: a calendar month, as all so far, or a cycle; and the shares of it that create an alert, as JSON, empty for the default.
ALTER TABLE recurrence_settings ADD COLUMN usage_window TEXT NOT NULL DEFAULT 'MONTH';
ALTER TABLE recurrence_settings ADD COLUMN usage_alert_percents TEXT NOT NULL DEFAULT '';
-- Totals and alerts of cycles have both of their days in the column month, like 2026-01-15/2026-04-15.
