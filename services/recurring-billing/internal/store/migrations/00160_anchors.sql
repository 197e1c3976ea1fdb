-- +goose Up
-- The first day of a full period of a line that was billed elsewhere before; NULL: the first date on or after its start that
-- falls on its bill day.
ALTER TABLE recurring_lines ADD COLUMN anchor_date TEXT;
