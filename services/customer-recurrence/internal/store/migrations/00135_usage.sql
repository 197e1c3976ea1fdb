-- +goose Up
-- What was consumed of a service of a recurrence in a month, summed in advance.
CREATE TABLE usage_totals (
    tenant        TEXT   NOT NULL,
    -- Generated. Events refer to it, so that a merge of customers leaves them alone.
    total_id      TEXT   NOT NULL,
    customer_id   TEXT   NOT NULL,
    recurrence_id TEXT   NOT NULL,
    service_id    TEXT   NOT NULL,
    -- The first day of the month.
    month         TEXT   NOT NULL,
    consumed      BIGINT NOT NULL,
    -- The limit when something was last counted, 0 for none.
    included      BIGINT NOT NULL,
    -- The highest share of the limit, in percent, of which there is an alert.
    alerted       BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer_id, recurrence_id, month, service_id),
    UNIQUE (tenant, total_id),
    FOREIGN KEY (tenant, customer_id, recurrence_id) REFERENCES recurrences (tenant, customer_id, recurrence_id)
);

-- What each event was counted for, to count it once and to take it back.
CREATE TABLE usage_events (
    tenant   TEXT   NOT NULL,
    event_id TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    total_id TEXT   NOT NULL,
    quantity BIGINT NOT NULL,
    PRIMARY KEY (tenant, event_id)
);

CREATE TABLE usage_alerts (
    tenant        TEXT   NOT NULL,
    customer_id   TEXT   NOT NULL,
    recurrence_id TEXT   NOT NULL,
    alert_id      TEXT   NOT NULL,
    service_id    TEXT   NOT NULL,
    month         TEXT   NOT NULL,
    percent       BIGINT NOT NULL,
    consumed      BIGINT NOT NULL,
    included      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer_id, recurrence_id, alert_id),
    FOREIGN KEY (tenant, customer_id, recurrence_id) REFERENCES recurrences (tenant, customer_id, recurrence_id)
);
