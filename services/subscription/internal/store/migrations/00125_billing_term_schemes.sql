-- +goose Up
-- How subscriptions are billed. Programs of before know neither schemes nor the billing terms of a subscription, and drop the terms when
-- they change it: give subscriptions billing terms once all replicas are newer.
-- oldest program: 00124
CREATE TABLE billing_term_schemes (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    code     TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    document TEXT   NOT NULL,
    name     TEXT,
    state    TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, code)
);

-- The services that subscription types have, so that a product in use cannot be deleted.
CREATE TABLE type_services (
    tenant  TEXT NOT NULL,
    type    TEXT NOT NULL,
    product TEXT NOT NULL,
    PRIMARY KEY (tenant, type, product)
);
CREATE INDEX type_services_by_product ON type_services (tenant, product);
