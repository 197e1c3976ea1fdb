-- +goose Up
-- Texts that begin with another are found by an index in the order of bytes, whatever the collation of the database.
CREATE INDEX subscriptions_by_id_prefix ON subscriptions (tenant, id text_pattern_ops);
CREATE INDEX subscriptions_by_number_prefix ON subscriptions (tenant, number text_pattern_ops);
CREATE INDEX accounts_by_id_prefix ON accounts (tenant, id text_pattern_ops);
CREATE INDEX accounts_by_number_prefix ON accounts (tenant, number text_pattern_ops);
CREATE INDEX accounts_by_name_prefix ON accounts (tenant, name text_pattern_ops);
CREATE INDEX accounts_by_owner_name_prefix ON accounts (tenant, owner_name text_pattern_ops);
CREATE INDEX installed_items_by_id_prefix ON installed_items (tenant, id text_pattern_ops);
CREATE INDEX installed_items_by_serial_number_prefix ON installed_items (tenant, serial_number text_pattern_ops);
CREATE INDEX installed_items_by_alternative_code_prefix ON installed_items (tenant, alternative_code text_pattern_ops);
CREATE INDEX installed_items_by_name_prefix ON installed_items (tenant, name text_pattern_ops);
CREATE INDEX products_by_id_prefix ON products (tenant, id text_pattern_ops);
CREATE INDEX products_by_code_prefix ON products (tenant, code text_pattern_ops);
CREATE INDEX products_by_name_prefix ON products (tenant, name text_pattern_ops);
CREATE INDEX users_by_id_prefix ON users (tenant, id text_pattern_ops);
CREATE INDEX users_by_user_name_prefix ON users (tenant, user_name text_pattern_ops);
CREATE INDEX users_by_name_prefix ON users (tenant, name text_pattern_ops);
CREATE INDEX users_by_email_prefix ON users (tenant, email text_pattern_ops);
