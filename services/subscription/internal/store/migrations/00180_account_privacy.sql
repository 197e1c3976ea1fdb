-- +goose Up
-- Who may see an account, and who looks after it. Programs of before neither know nor keep either, and show the subscriptions of an
-- account to users of every level: give accounts a privacy level once all replicas are newer.
-- oldest program: 00151
ALTER TABLE accounts ADD COLUMN privacy_level TEXT;
ALTER TABLE accounts ADD COLUMN manager TEXT;
CREATE INDEX accounts_by_privacy_level ON accounts (tenant, privacy_level, id);
CREATE INDEX accounts_by_manager ON accounts (tenant, manager, id);
