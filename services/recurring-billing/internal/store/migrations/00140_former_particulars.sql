-- +goose Up
-- Bill-tos and billing profiles as they were before each change, so that issued documents never change. Documents of a kind are
-- numbered in the order in which they are committed. A row records the last document of each kind that was issued before the
-- change. A document shows the first row whose number is not below its own or, if there is none, the present state. So runs
-- write nothing for this, and clocks do not matter.
CREATE TABLE former_bill_tos (
    tenant           TEXT   NOT NULL,
    id               BIGINT NOT NULL,
    version          BIGINT NOT NULL, -- the version of the bill-to that the row shows
    last_invoice     BIGINT NOT NULL, -- of this bill-to
    last_credit_note BIGINT NOT NULL, -- of this bill-to; 0: none
    display_name     TEXT   NOT NULL,
    address          TEXT   NOT NULL, -- JSON, empty: none
    PRIMARY KEY (tenant, id, version)
);

CREATE TABLE former_billing_profiles (
    tenant           TEXT   NOT NULL,
    version          BIGINT NOT NULL, -- 0: before the first profile
    last_invoice     BIGINT NOT NULL, -- of the tenant
    last_credit_note BIGINT NOT NULL, -- of the tenant; 0: none
    profile          TEXT   NOT NULL, -- JSON, empty: there was no profile
    PRIMARY KEY (tenant, version)
);
