-- +goose Up
-- The properties by which lists are filtered and ordered, NULL where there is none. created and updated are in microseconds since 1970; the document has
-- them as well. The next migration fills the columns of rows that exist.
ALTER TABLE subscriptions ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN rating TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN first_activated TEXT;
ALTER TABLE subscriptions ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN owner_group TEXT;
ALTER TABLE subscriptions ADD COLUMN privacy_level TEXT;
ALTER TABLE subscriptions ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;

ALTER TABLE accounts ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN owner_name TEXT;
ALTER TABLE accounts ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;

ALTER TABLE subscription_types ADD COLUMN classification TEXT;
ALTER TABLE subscription_types ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE subscription_types ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription_types ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;

ALTER TABLE subscription_groups ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE subscription_groups ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription_groups ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;

ALTER TABLE privacy_levels ADD COLUMN name TEXT;
ALTER TABLE privacy_levels ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE privacy_levels ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE privacy_levels ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;

ALTER TABLE products ADD COLUMN name TEXT;
ALTER TABLE products ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE products ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;

ALTER TABLE installed_items ADD COLUMN name TEXT;
ALTER TABLE installed_items ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE installed_items ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE installed_items ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;

ALTER TABLE organisations ADD COLUMN name TEXT;
ALTER TABLE organisations ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE organisations ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE organisations ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;

ALTER TABLE users ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN user_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN name TEXT;
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users ADD COLUMN disabled BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN created BIGINT NOT NULL DEFAULT 0;

-- The products and installed items that subscriptions have, so that those in use cannot be deleted. kind is the collection in
-- the names of what id identifies: products or installedItems.
CREATE TABLE subscription_parts (
    tenant       TEXT NOT NULL,
    subscription TEXT NOT NULL,
    kind         TEXT NOT NULL,
    id           TEXT NOT NULL,
    PRIMARY KEY (tenant, subscription, kind, id)
);

-- The Web API keys of users, by their hashes. A key leads to a tenant, so no two tenants share one. The column api_key_hash of
-- users, which they replace, is not used any more.
CREATE TABLE api_keys (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    user_id  TEXT   NOT NULL,
    key_hash TEXT   NOT NULL,
    name     TEXT,
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    document TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (key_hash)
);
