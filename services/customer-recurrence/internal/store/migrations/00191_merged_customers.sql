-- +goose Up
-- oldest program: 140
-- To say whether another customer was merged into one that is to be deleted.
CREATE INDEX customers_merged ON customers (tenant, merged_into) WHERE merged_into <> '';
