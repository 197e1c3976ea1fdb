-- +goose Up
-- How the days of a credit that were billed elsewhere were priced when it was granted: a JSON list. NULL: the credit has none, or a
-- program that did not record it has granted it.
-- oldest program: 250
ALTER TABLE line_credits ADD COLUMN elsewhere TEXT;
