-- +goose Up
-- What documents say of the account and of the seller, as it was before each change, so that an issued document never
-- changes. Documents of a kind are numbered in the order in which they are committed: a row tells the last of each kind
-- that were issued when what it holds was replaced, and a document prints the first row whose number is not below its own,
-- or, where there is none, what holds now. So runs write nothing for it, and no clock decides.
CREATE TABLE former_bill_tos (
    tenant           TEXT   NOT NULL,
    id               BIGINT NOT NULL,
    version          BIGINT NOT NULL, -- the bill-to's own, while this held
    last_invoice     BIGINT NOT NULL, -- of this bill-to
    last_credit_note BIGINT NOT NULL, -- of this bill-to; 0: there was none
    display_name     TEXT   NOT NULL,
    address          TEXT   NOT NULL, -- JSON, empty: none
    PRIMARY KEY (tenant, id, version)
);

CREATE TABLE former_billing_profiles (
    tenant           TEXT   NOT NULL,
    version          BIGINT NOT NULL, -- 0: before one was set
    last_invoice     BIGINT NOT NULL, -- of the tenant
    last_credit_note BIGINT NOT NULL, -- of the tenant; 0: there was none
    profile          TEXT   NOT NULL, -- JSON, empty: none was set
    PRIMARY KEY (tenant, version)
);
