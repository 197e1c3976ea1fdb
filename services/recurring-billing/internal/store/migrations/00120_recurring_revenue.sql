-- +goose Up
-- The monthly recurring revenue, counted from the change feed by package insight, which says what it means. All of it can
-- be counted anew from a whole feed: these tables emptied, it is.

-- How far each tenant's feed is counted, and who is counting it.
CREATE TABLE mrr_progress (
    tenant      TEXT   NOT NULL PRIMARY KEY,
    cursor_txid BIGINT NOT NULL,
    cursor_seq  BIGINT NOT NULL,
    as_of       BIGINT NOT NULL, -- when the last change that is counted was made, 0: none is
    lease_owner TEXT   NOT NULL,
    lease_until BIGINT NOT NULL
);

-- What is counted of each line: its series, as JSON.
CREATE TABLE mrr_lines (
    tenant  TEXT   NOT NULL,
    line_id BIGINT NOT NULL,
    series  TEXT   NOT NULL,
    PRIMARY KEY (tenant, line_id)
);

-- What moved in each month, in minor units, for each grouping: 0 nothing, 1 item, 2 master account, 3 both. The bounds keep
-- sums from becoming floats where integers are not checked.
CREATE TABLE mrr_movements (
    tenant              TEXT   NOT NULL,
    grouped_by          BIGINT NOT NULL,
    currency            TEXT   NOT NULL,
    item_code           TEXT   NOT NULL, -- empty: not told apart
    master_account_code TEXT   NOT NULL, -- empty: not told apart, or none
    month               TEXT   NOT NULL, -- YYYY-MM
    new                 BIGINT NOT NULL CHECK (new BETWEEN -9000000000000000000 AND 9000000000000000000),
    reactivation        BIGINT NOT NULL CHECK (reactivation BETWEEN -9000000000000000000 AND 9000000000000000000),
    expansion           BIGINT NOT NULL CHECK (expansion BETWEEN -9000000000000000000 AND 9000000000000000000),
    contraction         BIGINT NOT NULL CHECK (contraction BETWEEN -9000000000000000000 AND 9000000000000000000),
    churn               BIGINT NOT NULL CHECK (churn BETWEEN -9000000000000000000 AND 9000000000000000000),
    transfer            BIGINT NOT NULL CHECK (transfer BETWEEN -9000000000000000000 AND 9000000000000000000),
    lines               BIGINT NOT NULL, -- how many more have revenue than the month before
    PRIMARY KEY (tenant, grouped_by, currency, item_code, master_account_code, month)
);
