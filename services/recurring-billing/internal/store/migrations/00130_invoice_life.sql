-- +goose Up
-- What happens to an invoice after it is created. The columns are NULL until then, so that a run does not write them.
ALTER TABLE invoices ADD COLUMN credited BIGINT;          -- minor units that credit notes credit; NULL: nothing
ALTER TABLE invoices ADD COLUMN void_reason TEXT;         -- this and the columns below: NULL unless the invoice is void
ALTER TABLE invoices ADD COLUMN voided BIGINT;            -- when
ALTER TABLE invoices ADD COLUMN periods_released BOOLEAN; -- whether its periods became billable again

-- One row for each credit note; id is its number. items is a JSON document of what it credits.
CREATE TABLE credit_notes (
    tenant         TEXT   NOT NULL,
    id             BIGINT NOT NULL,
    invoice_id     TEXT   NOT NULL,
    invoice_number BIGINT NOT NULL,
    bill_to_id     BIGINT NOT NULL,
    customer_id    BIGINT NOT NULL,
    issue_date     TEXT   NOT NULL,
    currency       TEXT   NOT NULL,
    total          BIGINT NOT NULL CHECK (total > 0), -- minor units
    reason         TEXT   NOT NULL,
    items          TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    created        BIGINT NOT NULL,
    updated        BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, invoice_id) REFERENCES invoices (tenant, id)
);
CREATE INDEX credit_notes_by_invoice ON credit_notes (tenant, invoice_id, id);
CREATE INDEX credit_notes_by_bill_to ON credit_notes (tenant, bill_to_id, id);

-- The seller as documents show it.
CREATE TABLE billing_profiles (
    tenant  TEXT   NOT NULL,
    profile TEXT   NOT NULL, -- JSON
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);
