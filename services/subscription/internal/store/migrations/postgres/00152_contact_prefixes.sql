-- +goose Up
-- Names that begin with a text are found by an index in the order of bytes, whatever the collation of the database.
-- oldest program: 00130
CREATE INDEX contacts_by_id_prefix ON contacts (tenant, id text_pattern_ops);
CREATE INDEX contacts_by_name_prefix ON contacts (tenant, name text_pattern_ops);
