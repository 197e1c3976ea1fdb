-- +goose Up
-- Accounts that got another privacy level and have too many subscriptions to change their levels at once. They are changed in portions; until
-- then lists look at the level of the account. Programs of before do not, so none can work on this schema.
CREATE TABLE level_changes (
    tenant  TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (tenant, account)
);
