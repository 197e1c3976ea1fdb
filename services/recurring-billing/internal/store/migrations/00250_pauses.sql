-- +goose Up
-- When a line is not billed, in the order of days, one pause per line of text: `2026-03-10 2026-03-20 - reason`, with the day on
-- which it was resumed, and a dash for no date. NULL: none.
-- oldest program: 250
ALTER TABLE recurring_lines ADD COLUMN pauses TEXT;
-- `ARREARS`: the line's periods are due after their last day. NULL: on their first.
ALTER TABLE recurring_lines ADD COLUMN timing TEXT;
