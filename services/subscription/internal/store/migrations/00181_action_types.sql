-- +goose Up
-- Types of actions, and sub types. Programs of before neither know nor keep those of an action: give actions types once all replicas are
-- newer.
-- oldest program: 00151
CREATE TABLE action_types (
    tenant           TEXT    NOT NULL,
    id               TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    alternative_code TEXT,
    parent           TEXT,
    version          BIGINT  NOT NULL,
    document         TEXT    NOT NULL,
    inactive         BOOLEAN NOT NULL DEFAULT FALSE,
    created          BIGINT  NOT NULL DEFAULT 0,
    updated          BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name),
    UNIQUE (tenant, alternative_code)
);
CREATE INDEX action_types_by_parent ON action_types (tenant, parent, id);

ALTER TABLE subscription_actions ADD COLUMN action_type TEXT;
ALTER TABLE subscription_actions ADD COLUMN sub_action_type TEXT;
CREATE INDEX subscription_actions_by_type ON subscription_actions (tenant, action_type, id) WHERE action_type IS NOT NULL;
CREATE INDEX subscription_actions_by_sub_type ON subscription_actions (tenant, sub_action_type, id)
WHERE sub_action_type IS NOT NULL;
