-- +goose Up
-- The currency of the price, a code of ISO 4217. Empty: that of the customer's defaults, as for all prices so far.
ALTER TABLE recurrences ADD COLUMN currency TEXT NOT NULL DEFAULT '';
