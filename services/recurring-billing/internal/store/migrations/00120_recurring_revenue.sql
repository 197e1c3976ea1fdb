-- +goose Up
-- The monthly recurring revenue, computed from the change feed; package revenue defines it. If these tables are emptied, it is
-- computed again from the whole feed.

-- The position up to which each tenant's feed has been processed, and which process holds the lease.
CREATE TABLE mrr_progress (
    tenant      TEXT   NOT NULL PRIMARY KEY,
    cursor_txid BIGINT NOT NULL,
    cursor_seq  BIGINT NOT NULL,
    as_of       BIGINT NOT NULL, -- the time of the last processed change, 0: none
    lease_owner TEXT   NOT NULL,
    lease_until BIGINT NOT NULL
);

-- The series of each line, as JSON.
CREATE TABLE mrr_lines (
    tenant  TEXT   NOT NULL,
    line_id BIGINT NOT NULL,
    series  TEXT   NOT NULL,
    PRIMARY KEY (tenant, line_id)
);

-- The movements of each month in minor units, for each grouping: 0 none, 1 by item, 2 by master account, 3 by both. The bounds
-- keep sums within 64 bits, because SQLite would turn larger ones into floats.
CREATE TABLE mrr_movements (
    tenant              TEXT   NOT NULL,
    grouped_by          BIGINT NOT NULL,
    currency            TEXT   NOT NULL,
    item_code           TEXT   NOT NULL, -- empty: not grouped by it
    master_account_code TEXT   NOT NULL, -- empty: not grouped by it, or none
    month               TEXT   NOT NULL, -- YYYY-MM
    new                 BIGINT NOT NULL CHECK (new BETWEEN -9000000000000000000 AND 9000000000000000000),
    reactivation        BIGINT NOT NULL CHECK (reactivation BETWEEN -9000000000000000000 AND 9000000000000000000),
    expansion           BIGINT NOT NULL CHECK (expansion BETWEEN -9000000000000000000 AND 9000000000000000000),
    contraction         BIGINT NOT NULL CHECK (contraction BETWEEN -9000000000000000000 AND 9000000000000000000),
    churn               BIGINT NOT NULL CHECK (churn BETWEEN -9000000000000000000 AND 9000000000000000000),
    transfer            BIGINT NOT NULL CHECK (transfer BETWEEN -9000000000000000000 AND 9000000000000000000),
    lines               BIGINT NOT NULL, -- how many more lines have revenue than in the month before
    PRIMARY KEY (tenant, grouped_by, currency, item_code, master_account_code, month)
);
