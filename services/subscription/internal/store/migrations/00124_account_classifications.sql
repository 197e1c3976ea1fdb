-- +goose Up
-- Classifications of accounts. Programs of before neither know nor keep that of an account.
-- oldest program: 00113
CREATE TABLE account_classifications (
    tenant           TEXT    NOT NULL,
    id               TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    alternative_code TEXT,
    version          BIGINT  NOT NULL,
    document         TEXT    NOT NULL,
    inactive         BOOLEAN NOT NULL DEFAULT FALSE,
    created          BIGINT  NOT NULL DEFAULT 0,
    updated          BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name),
    UNIQUE (tenant, alternative_code)
);

ALTER TABLE accounts ADD COLUMN classification TEXT;
CREATE INDEX accounts_by_classification ON accounts (tenant, classification, id);
