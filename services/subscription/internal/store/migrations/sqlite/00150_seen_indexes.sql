-- +goose Up
-- What a user sees of a state or of an account, by group or by privacy level and then in the order of a list. The last columns let the
-- index answer alone.
-- oldest program: 00121
CREATE INDEX subscriptions_by_state_and_group ON subscriptions (tenant, state, COALESCE(owner_group, ''), id, privacy_level);
CREATE INDEX subscriptions_by_state_and_level ON subscriptions (tenant, state, COALESCE(privacy_level, ''), id);
CREATE INDEX subscriptions_by_account_and_group ON subscriptions (tenant, account, COALESCE(owner_group, ''), id, privacy_level);
CREATE INDEX subscriptions_by_account_and_level ON subscriptions (tenant, account, COALESCE(privacy_level, ''), id);
