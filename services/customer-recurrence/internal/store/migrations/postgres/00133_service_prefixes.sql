-- +goose Up
-- Names that begin with a text, in the order of bytes, whatever the collation of the database.
CREATE INDEX services_by_prefix ON services (tenant, display_name text_pattern_ops);
