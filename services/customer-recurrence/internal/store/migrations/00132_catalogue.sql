-- +goose Up
-- What packages cost and include, and which may follow, as JSON; empty for none.
ALTER TABLE packages ADD COLUMN versions TEXT NOT NULL DEFAULT '';
ALTER TABLE packages ADD COLUMN next_package_ids TEXT NOT NULL DEFAULT '';

-- What is sold, alone or in a package.
CREATE TABLE services (
    tenant       TEXT    NOT NULL,
    service_id   TEXT    NOT NULL,
    display_name TEXT    NOT NULL,
    unit         TEXT    NOT NULL,
    -- A JSON array.
    prices       TEXT    NOT NULL,
    inactive     BOOLEAN NOT NULL,
    version      BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, service_id)
);
CREATE INDEX services_by_name ON services (tenant, display_name, service_id);
