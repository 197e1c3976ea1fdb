-- +goose Up
-- Names that begin with a text are found by an index in the order of bytes, whatever the collation of the database.
CREATE INDEX bill_tos_by_prefix ON bill_tos (tenant, display_name text_pattern_ops);
