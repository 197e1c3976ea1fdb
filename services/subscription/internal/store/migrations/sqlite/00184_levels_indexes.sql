-- +goose Up
-- What a user sees of all subscriptions, of a state or of an account: by group, by the levels that hide it, and then in the order of a list.
-- oldest program: 00183
DROP INDEX subscriptions_by_state_and_group;
DROP INDEX subscriptions_by_state_and_level;
DROP INDEX subscriptions_by_account_and_group;
DROP INDEX subscriptions_by_account_and_level;
CREATE INDEX subscriptions_by_levels ON subscriptions (tenant, levels, id);
CREATE INDEX subscriptions_by_state_and_levels ON subscriptions (tenant, state, levels, id);
CREATE INDEX subscriptions_by_account_and_levels ON subscriptions (tenant, account, levels, id);
CREATE INDEX subscriptions_by_group_and_levels ON subscriptions (tenant, COALESCE(owner_group, ''), levels, id);
CREATE INDEX subscriptions_by_state_and_group ON subscriptions (tenant, state, COALESCE(owner_group, ''), levels, id);
CREATE INDEX subscriptions_by_account_and_group ON subscriptions (tenant, account, COALESCE(owner_group, ''), levels, id);
