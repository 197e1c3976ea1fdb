-- +goose Up
-- One-off charges and credits. Programs before cannot read an invoice with one.
-- oldest program: 240
CREATE TABLE charges (
    tenant      TEXT   NOT NULL,
    id          BIGINT NOT NULL,
    bill_to_id  BIGINT NOT NULL,
    item_code   TEXT   NOT NULL,
    description TEXT   NOT NULL,
    memo        TEXT   NOT NULL,
    charge_date TEXT   NOT NULL,
    amount      TEXT   NOT NULL,
    currency    TEXT   NOT NULL,
    invoice_id  TEXT,            -- NULL: the charge is not billed
    version     BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, bill_to_id) REFERENCES bill_tos (tenant, id),
    FOREIGN KEY (tenant, item_code) REFERENCES items (tenant, code)
);
CREATE INDEX charges_due ON charges (tenant, bill_to_id) WHERE invoice_id IS NULL;
CREATE INDEX charges_by_bill_to ON charges (tenant, bill_to_id, id);
CREATE INDEX charges_by_item ON charges (tenant, item_code, id);
CREATE INDEX charges_by_date ON charges (tenant, charge_date, id);
