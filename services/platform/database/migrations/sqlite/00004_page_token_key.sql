-- +goose Up
-- One row: the random bytes that page tokens are sealed with, the same for every replica. The engines differ in how they
-- make them.
CREATE TABLE page_token_key (key BYTEA NOT NULL);
INSERT INTO page_token_key VALUES (randomblob(32));
