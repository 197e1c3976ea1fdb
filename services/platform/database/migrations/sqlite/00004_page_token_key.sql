-- +goose Up
-- A single row: the random key that seals page tokens, shared by all replicas. The engines generate random bytes
-- differently.
CREATE TABLE page_token_key (key BYTEA NOT NULL);
INSERT INTO page_token_key VALUES (randomblob(32));
