-- +goose Up
-- One row: the random bytes that page tokens are sealed with, the same for every replica. The engines differ in how they
-- make them; two random UUIDs hold 244 random bits.
CREATE TABLE page_token_key (key BYTEA NOT NULL);
INSERT INTO page_token_key VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
