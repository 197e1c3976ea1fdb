-- +goose Up
-- What a search finds by its beginning, in the order of bytes, whatever the collation of the database.
CREATE INDEX customers_by_id_prefix ON customers (tenant, customer_id text_pattern_ops);
CREATE INDEX customers_by_tax_id_prefix ON customers (tenant, customer_tax_id text_pattern_ops);
CREATE INDEX recurrences_by_id_prefix ON recurrences (tenant, recurrence_id text_pattern_ops);
CREATE INDEX recurrences_by_package_prefix ON recurrences (tenant, package_id text_pattern_ops);
