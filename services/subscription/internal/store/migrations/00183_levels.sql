-- +goose Up
-- The privacy levels that hide a subscription: the ids of its own and of its account's, either empty, with a slash between. Lists find
-- in indexes what a user sees by it. It names levels and not their numbers, so that a number can change without a change here.
-- Programs of before do not keep it, and would show what is hidden; so none can work on this schema.
-- A program notices that only within a second, and what it creates meanwhile has the default. That names levels which do not exist, so
-- that lists hide it from users with a highest level, until the next update of the subscription says what it is.
-- oldest program: 00183
ALTER TABLE subscriptions ADD COLUMN levels TEXT NOT NULL DEFAULT '?/?';

UPDATE subscriptions SET
    levels = COALESCE(privacy_level, '') || '/' || COALESCE((
        SELECT accounts.privacy_level FROM accounts
        WHERE accounts.tenant = subscriptions.tenant AND accounts.id = subscriptions.account
    ), '');
