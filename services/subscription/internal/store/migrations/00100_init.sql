-- +goose Up
-- One table a kind of resource. document is the resource as JSON; the columns between id and version are the properties by
-- which it is found, NULL where it has none.
CREATE TABLE subscriptions (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    number   TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    document TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, number)
);

CREATE TABLE accounts (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    number   TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    document TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, number)
);

CREATE TABLE subscription_types (
    tenant           TEXT   NOT NULL,
    id               TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    alternative_code TEXT,
    version          BIGINT NOT NULL,
    document         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name),
    UNIQUE (tenant, alternative_code)
);

CREATE TABLE subscription_groups (
    tenant           TEXT   NOT NULL,
    id               TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    alternative_code TEXT,
    version          BIGINT NOT NULL,
    document         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name),
    UNIQUE (tenant, alternative_code)
);

CREATE TABLE privacy_levels (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    number   TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    document TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, number)
);

CREATE TABLE products (
    tenant           TEXT   NOT NULL,
    id               TEXT   NOT NULL,
    code             TEXT   NOT NULL,
    alternative_code TEXT,
    version          BIGINT NOT NULL,
    document         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, code),
    UNIQUE (tenant, alternative_code)
);

CREATE TABLE installed_items (
    tenant           TEXT   NOT NULL,
    id               TEXT   NOT NULL,
    serial_number    TEXT   NOT NULL,
    alternative_code TEXT,
    version          BIGINT NOT NULL,
    document         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, serial_number),
    UNIQUE (tenant, alternative_code)
);

-- The ids of organisations, the logins and API keys of users and the tokens of sessions lead to a tenant, so no two
-- tenants share one.
CREATE TABLE organisations (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    document TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (id)
);

CREATE TABLE users (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    login        TEXT   NOT NULL,
    api_key_hash TEXT,
    version      BIGINT NOT NULL,
    document     TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (login),
    UNIQUE (api_key_hash)
);

-- last_used is in microseconds since 1970, for finding the sessions that have expired; NULL where a session never does.
CREATE TABLE sessions (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    token_hash TEXT   NOT NULL,
    last_used  BIGINT,
    version    BIGINT NOT NULL,
    document   TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (token_hash)
);
CREATE INDEX sessions_by_last_use ON sessions (tenant, last_used);
