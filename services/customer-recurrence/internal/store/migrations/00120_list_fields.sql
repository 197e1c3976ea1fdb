-- +goose Up
-- What is retired. Nothing was before.
ALTER TABLE customers ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE packages ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;

-- Copies of what the profile contains, for lists.
ALTER TABLE customers ADD COLUMN business_name TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN given_name TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN first_surname TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN customer_code TEXT NOT NULL DEFAULT '';

-- Indexes for what people filter and order by.
CREATE INDEX customers_by_tax_id ON customers (tenant, customer_tax_id, customer_id);
CREATE INDEX customers_by_business_name ON customers (tenant, business_name, customer_id);
CREATE INDEX customers_by_surname ON customers (tenant, first_surname, customer_id);
CREATE INDEX customers_by_code ON customers (tenant, customer_code, customer_id);
CREATE INDEX packages_by_name ON packages (tenant, display_name, package_id);
CREATE INDEX recurrences_by_package ON recurrences (tenant, package_id, customer_id, recurrence_id);
CREATE INDEX recurrences_by_name ON recurrences (tenant, display_name, customer_id, recurrence_id);
