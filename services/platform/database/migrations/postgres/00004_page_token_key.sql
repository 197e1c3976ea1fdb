-- +goose Up
-- A single row: the random key that seals page tokens, shared by all replicas. The engines generate random bytes differently;
-- two random UUIDs have 244 random bits.
CREATE TABLE page_token_key (key BYTEA NOT NULL);
INSERT INTO page_token_key VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
