-- +goose Up
-- The values of user defined fields that are unique, of subscriptions and actions. kind is the collection in the names of what owner
-- identifies; value is the SHA-256 of the value. Programs of before know no definitions of fields: define them once all replicas are newer.
-- oldest program: 00121
CREATE TABLE user_field_values (
    tenant TEXT NOT NULL,
    kind   TEXT NOT NULL,
    field  TEXT NOT NULL,
    value  TEXT NOT NULL,
    owner  TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, field, value)
);
CREATE INDEX user_field_values_by_owner ON user_field_values (tenant, kind, owner);
