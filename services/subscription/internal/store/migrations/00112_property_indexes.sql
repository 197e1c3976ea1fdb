-- +goose Up
-- What people look for. Numbers, codes and logins have unique indexes already.
CREATE INDEX subscriptions_by_state ON subscriptions (tenant, state, id);
CREATE INDEX subscriptions_by_account ON subscriptions (tenant, account, id);
CREATE INDEX subscriptions_by_type ON subscriptions (tenant, type, id);
CREATE INDEX subscriptions_by_group ON subscriptions (tenant, owner_group, id);
CREATE INDEX subscriptions_by_privacy_level ON subscriptions (tenant, privacy_level, id);
CREATE INDEX subscriptions_by_creation ON subscriptions (tenant, created, id);
CREATE INDEX subscription_parts_by_id ON subscription_parts (tenant, kind, id);
CREATE INDEX accounts_by_name ON accounts (tenant, name, id);
CREATE INDEX accounts_by_owner ON accounts (tenant, owner_name, id);
CREATE INDEX accounts_by_state ON accounts (tenant, state, id);
CREATE INDEX products_by_name ON products (tenant, name, id);
CREATE INDEX installed_items_by_name ON installed_items (tenant, name, id);
CREATE INDEX users_by_organisation ON users (tenant, organisation, id);
CREATE INDEX users_by_user_name ON users (tenant, user_name, id);
CREATE INDEX users_by_name ON users (tenant, name, id);
CREATE INDEX users_by_email ON users (tenant, email, id);
CREATE INDEX users_by_disabled ON users (tenant, disabled, id);
CREATE INDEX sessions_by_user ON sessions (tenant, user_id, id);
CREATE INDEX api_keys_by_user ON api_keys (tenant, user_id, id);
