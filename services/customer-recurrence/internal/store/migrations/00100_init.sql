-- +goose Up
CREATE TABLE customers (
    tenant          TEXT   NOT NULL,
    customer_id     TEXT   NOT NULL,
    uid             TEXT   NOT NULL,
    grantor_tax_id  TEXT   NOT NULL,
    customer_tax_id TEXT   NOT NULL,
    -- The profile as JSON, without the portal's password.
    profile         TEXT   NOT NULL,
    portal_password TEXT   NOT NULL,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer_id),
    UNIQUE (tenant, uid)
);
-- Not unique: generic RFCs stand for many customers.
CREATE INDEX customers_by_tax_ids ON customers (tenant, grantor_tax_id, customer_tax_id);

CREATE TABLE packages (
    tenant       TEXT    NOT NULL,
    package_id   TEXT    NOT NULL,
    display_name TEXT    NOT NULL,
    -- A JSON array of texts.
    service_ids  TEXT    NOT NULL,
    enforced     BOOLEAN NOT NULL,
    version      BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, package_id)
);

CREATE TABLE recurrences (
    tenant        TEXT   NOT NULL,
    customer_id   TEXT   NOT NULL,
    recurrence_id TEXT   NOT NULL,
    -- No foreign key: the caller's CRM owns the catalogue.
    package_id    TEXT   NOT NULL,
    display_name  TEXT   NOT NULL,
    price         TEXT   NOT NULL,
    -- A JSON array in the order contracted.
    services      TEXT   NOT NULL,
    version       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer_id, recurrence_id),
    FOREIGN KEY (tenant, customer_id) REFERENCES customers (tenant, customer_id)
);

CREATE TABLE recurrence_changes (
    tenant        TEXT   NOT NULL,
    customer_id   TEXT   NOT NULL,
    recurrence_id TEXT   NOT NULL,
    -- The recurrence's version that the change made.
    version       BIGINT NOT NULL,
    -- The difference as JSON.
    difference    TEXT   NOT NULL,
    actor         TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer_id, recurrence_id, version),
    FOREIGN KEY (tenant, customer_id, recurrence_id) REFERENCES recurrences (tenant, customer_id, recurrence_id)
);
