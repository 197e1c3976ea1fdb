-- +goose Up
-- The tenants that billed before proration could be chosen. They go on by period until their billing profile says otherwise.
CREATE TABLE billed_by_period (
    tenant TEXT NOT NULL PRIMARY KEY
);
INSERT INTO billed_by_period (tenant) SELECT tenant FROM invoices GROUP BY tenant;
