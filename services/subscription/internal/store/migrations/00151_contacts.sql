-- +goose Up
-- Contacts, whom accounts belong to. Programs of before neither know nor keep the contact, the description, the notes and the user
-- defined fields of an account: make contacts, give accounts these, and define fields of accounts once all replicas are newer.
-- oldest program: 00130
CREATE TABLE contacts (
    tenant   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    version  BIGINT  NOT NULL,
    document TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    inactive BOOLEAN NOT NULL DEFAULT FALSE,
    created  BIGINT  NOT NULL DEFAULT 0,
    updated  BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX contacts_by_name ON contacts (tenant, name, id);

ALTER TABLE accounts ADD COLUMN contact TEXT;
CREATE INDEX accounts_by_contact ON accounts (tenant, contact, id);
