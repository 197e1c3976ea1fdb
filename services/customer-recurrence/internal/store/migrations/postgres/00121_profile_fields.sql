-- +goose Up
UPDATE customers SET
    business_name = COALESCE(CAST(profile AS json) ->> 'business_name', ''),
    given_name = COALESCE(CAST(profile AS json) ->> 'given_name', ''),
    first_surname = COALESCE(CAST(profile AS json) ->> 'first_surname', ''),
    customer_code = COALESCE(CAST(profile AS json) ->> 'customer_code', '');

-- Texts that begin with another are found by an index in the order of bytes, whatever the collation of the database.
CREATE INDEX customers_by_business_prefix ON customers (tenant, business_name text_pattern_ops);
CREATE INDEX customers_by_surname_prefix ON customers (tenant, first_surname text_pattern_ops);
CREATE INDEX customers_by_code_prefix ON customers (tenant, customer_code text_pattern_ops);
CREATE INDEX packages_by_prefix ON packages (tenant, display_name text_pattern_ops);
CREATE INDEX recurrences_by_prefix ON recurrences (tenant, display_name text_pattern_ops);
