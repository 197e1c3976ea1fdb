-- +goose Up
-- The privacy levels that hide a subscription: the ids of its own and of its account's, either empty, with a slash between. Lists find
-- in indexes what a user sees by it. It names levels and not their numbers, so that a number can change without a change here.
-- Programs of before do not keep it, and would show what is hidden; so none can work on this schema.
-- oldest program: 00183
ALTER TABLE subscriptions ADD COLUMN levels TEXT NOT NULL DEFAULT '/';

UPDATE subscriptions SET
    levels = COALESCE(privacy_level, '') || '/' || COALESCE((
        SELECT accounts.privacy_level FROM accounts
        WHERE accounts.tenant = subscriptions.tenant AND accounts.id = subscriptions.account
    ), '')
WHERE privacy_level IS NOT NULL OR EXISTS (
    SELECT 1 FROM accounts
    WHERE accounts.tenant = subscriptions.tenant AND accounts.id = subscriptions.account AND accounts.privacy_level IS NOT NULL
);
