-- +goose Up
-- What was done with subscriptions, or will be. due is when a scheduled action is to be done, in microseconds since 1970;
-- NULL once nothing more will become of it, so that a look for what is due finds nothing else. Programs of before neither
-- execute actions nor keep the states of services: lead subscriptions through their life once all replicas are newer.
-- oldest program: 00120
CREATE TABLE subscription_actions (
    tenant         TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    number         TEXT   NOT NULL,
    reference      TEXT,
    version        BIGINT NOT NULL,
    document       TEXT   NOT NULL,
    subscription   TEXT   NOT NULL,
    classification TEXT   NOT NULL,
    behavior       TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    scheduled      BIGINT,
    due            BIGINT,
    created        BIGINT NOT NULL,
    updated        BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, number),
    UNIQUE (tenant, reference)
);
CREATE INDEX subscription_actions_by_subscription ON subscription_actions (tenant, subscription, id);
CREATE INDEX subscription_actions_due ON subscription_actions (due, tenant, id);
CREATE INDEX subscription_actions_due_of_subscription ON subscription_actions (tenant, subscription, due, id);
