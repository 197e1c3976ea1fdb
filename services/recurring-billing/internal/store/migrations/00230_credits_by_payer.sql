-- +goose Up
-- A line can have several credits: each goes to the bill-to that was charged for its days. They are counted from 1 in the order
-- in which they were granted.
DROP INDEX line_credits_due;
ALTER TABLE line_credits RENAME TO line_credits_before;
CREATE TABLE line_credits (
    tenant     TEXT   NOT NULL,
    line_id    BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    bill_to_id BIGINT NOT NULL,
    from_date  TEXT   NOT NULL,
    to_date    TEXT   NOT NULL, -- the day after the last
    amount     TEXT   NOT NULL,
    currency   TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    invoice_id TEXT,            -- NULL: the credit is pending
    PRIMARY KEY (tenant, line_id, number),
    FOREIGN KEY (tenant, line_id) REFERENCES recurring_lines (tenant, id)
);
INSERT INTO line_credits (tenant, line_id, number, bill_to_id, from_date, to_date, amount, currency, reason, invoice_id)
SELECT tenant, line_id, 1, bill_to_id, from_date, to_date, amount, currency, reason, invoice_id FROM line_credits_before;
-- A pending credit of a line that is receivable to a master account was always billed to the master's bill-to.
UPDATE line_credits SET bill_to_id = (SELECT m.bill_to_id FROM recurring_lines l
    JOIN master_accounts m ON m.tenant = l.tenant AND m.code = l.master_account_code
    WHERE l.tenant = line_credits.tenant AND l.id = line_credits.line_id)
WHERE invoice_id IS NULL AND EXISTS (SELECT 1 FROM recurring_lines l
    WHERE l.tenant = line_credits.tenant AND l.id = line_credits.line_id AND l.master_account_code IS NOT NULL);
DROP TABLE line_credits_before;
CREATE INDEX line_credits_due ON line_credits (tenant, bill_to_id) WHERE invoice_id IS NULL;
