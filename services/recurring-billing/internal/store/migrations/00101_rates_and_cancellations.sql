-- +goose Up
-- The monthly amounts of each line by date: one rate from the start date, and perhaps others from later dates. There is no
-- foreign key, because rates are only written together with their line, and checking a million imported ones takes time.
CREATE TABLE line_rates (
    tenant         TEXT   NOT NULL,
    line_id        BIGINT NOT NULL,
    effective_date TEXT   NOT NULL,
    monthly_amount TEXT   NOT NULL, -- in the line's currency
    reason_code    TEXT   NOT NULL, -- empty for the first rate
    PRIMARY KEY (tenant, line_id, effective_date)
);
INSERT INTO line_rates (tenant, line_id, effective_date, monthly_amount, reason_code)
SELECT tenant, id, start_date, monthly_amount, '' FROM recurring_lines;
ALTER TABLE recurring_lines DROP COLUMN monthly_amount;

ALTER TABLE recurring_lines ADD COLUMN cancel_reason TEXT;   -- NULL: the line is not cancelled
ALTER TABLE recurring_lines ADD COLUMN former_end_date TEXT; -- the end date before the cancellation, NULL: none
ALTER TABLE recurring_lines ADD COLUMN cancel_credit TEXT;   -- NULL: the cancellation has no credit
CREATE INDEX recurring_lines_by_customer ON recurring_lines (tenant, customer_id, id);

-- Credits of cancelled lines for billed days, from from_date to the day before to_date. Each is carried by one invoice.
CREATE TABLE line_credits (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    line_id    BIGINT NOT NULL,
    bill_to_id BIGINT NOT NULL,
    from_date  TEXT   NOT NULL,
    to_date    TEXT   NOT NULL,
    amount     TEXT   NOT NULL, -- above zero
    currency   TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    invoice_id TEXT,            -- NULL: the credit is pending
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, line_id),
    FOREIGN KEY (tenant, line_id) REFERENCES recurring_lines (tenant, id)
);
CREATE INDEX line_credits_due ON line_credits (tenant, bill_to_id) WHERE invoice_id IS NULL;

ALTER TABLE bill_tos ADD COLUMN address TEXT NOT NULL DEFAULT ''; -- JSON, empty: none
ALTER TABLE master_accounts ADD COLUMN sub_accounts_billed BOOLEAN NOT NULL DEFAULT FALSE;
