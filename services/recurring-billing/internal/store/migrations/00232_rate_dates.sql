-- +goose Up
-- A rate keeps the date that was asked for, also inside billed days. Then a line can have two rates of one date: the one at which
-- days were billed, and the one that replaces it for the others. They are counted from 0 in the order of their dates.
-- oldest program: 232
ALTER TABLE line_rates RENAME TO line_rates_before;
CREATE TABLE line_rates (
    tenant         TEXT   NOT NULL,
    line_id        BIGINT NOT NULL,
    number         BIGINT NOT NULL,
    effective_date TEXT   NOT NULL,
    applies_from   TEXT,            -- the first day that it counts for; NULL: the effective date
    monthly_amount TEXT   NOT NULL, -- in the line's currency
    reason_code    TEXT   NOT NULL, -- empty for the first rate
    PRIMARY KEY (tenant, line_id, number)
);
INSERT INTO line_rates (tenant, line_id, number, effective_date, monthly_amount, reason_code)
SELECT tenant, line_id, ROW_NUMBER() OVER (PARTITION BY tenant, line_id ORDER BY effective_date) - 1, effective_date, monthly_amount, reason_code
FROM line_rates_before;
DROP TABLE line_rates_before;
