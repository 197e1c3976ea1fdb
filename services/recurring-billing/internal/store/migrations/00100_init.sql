-- +goose Up
-- Numbers are those of the Sedona contract: 32-bit, unique in a tenant. Lines refer to items and master accounts by their
-- codes. Amounts are exact decimals, dates are YYYY-MM-DD, instants are microseconds since 1970 UTC.

-- The highest number that was assigned or imported, by tenant and kind of resource.
CREATE TABLE highest_numbers (
    tenant TEXT   NOT NULL,
    kind   TEXT   NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind)
);

CREATE TABLE items (
    tenant                TEXT    NOT NULL,
    id                    BIGINT  NOT NULL,
    code                  TEXT    NOT NULL,
    description           TEXT    NOT NULL,
    taxable               BOOLEAN NOT NULL,
    default_rate          TEXT    NOT NULL,
    default_rate_currency TEXT    NOT NULL, -- empty: no rate is proposed
    default_cost          TEXT    NOT NULL,
    default_cost_currency TEXT    NOT NULL, -- empty: the cost is unknown
    category_code         TEXT    NOT NULL,
    non_deferred_income   BOOLEAN NOT NULL,
    sales_item            BOOLEAN NOT NULL,
    service_item          BOOLEAN NOT NULL,
    inactive              BOOLEAN NOT NULL,
    version               BIGINT  NOT NULL,
    created               BIGINT  NOT NULL,
    updated               BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, code)
);

CREATE TABLE bill_tos (
    tenant       TEXT   NOT NULL,
    id           BIGINT NOT NULL,
    customer_id  BIGINT NOT NULL,
    display_name TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX bill_tos_by_customer ON bill_tos (tenant, customer_id, id);

CREATE TABLE master_accounts (
    tenant      TEXT    NOT NULL,
    id          BIGINT  NOT NULL,
    code        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    customer_id BIGINT  NOT NULL,
    bill_to_id  BIGINT  NOT NULL,
    inactive    BOOLEAN NOT NULL,
    version     BIGINT  NOT NULL,
    created     BIGINT  NOT NULL,
    updated     BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, code),
    FOREIGN KEY (tenant, bill_to_id) REFERENCES bill_tos (tenant, id)
);

CREATE TABLE recurring_lines (
    tenant              TEXT   NOT NULL,
    id                  BIGINT NOT NULL,
    customer_id         BIGINT NOT NULL,
    site_id             BIGINT NOT NULL,
    system_id           BIGINT NOT NULL,
    bill_to_id          BIGINT NOT NULL,
    item_code           TEXT   NOT NULL,
    master_item_code    TEXT,            -- NULL: the line stands alone
    master_account_code TEXT,            -- NULL: the line is receivable to no master
    bill_cycle          TEXT   NOT NULL CHECK (bill_cycle IN ('M', 'Q', 'S', 'A')),
    description         TEXT   NOT NULL,
    memo                TEXT   NOT NULL,
    monthly_amount      TEXT   NOT NULL,
    currency            TEXT   NOT NULL,
    start_date          TEXT   NOT NULL,
    bill_day            BIGINT NOT NULL CHECK (bill_day BETWEEN 1 AND 31),
    end_date            TEXT,            -- NULL: the line has no end
    next_cycle_date     TEXT   NOT NULL,
    last_cycle_date     TEXT,            -- NULL: nothing has been billed
    version             BIGINT NOT NULL,
    created             BIGINT NOT NULL,
    updated             BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, bill_to_id) REFERENCES bill_tos (tenant, id),
    FOREIGN KEY (tenant, item_code) REFERENCES items (tenant, code),
    FOREIGN KEY (tenant, master_item_code) REFERENCES items (tenant, code),
    FOREIGN KEY (tenant, master_account_code) REFERENCES master_accounts (tenant, code)
);
-- For the lines that are due, and the lines of a bill-to.
CREATE INDEX recurring_lines_by_next_cycle ON recurring_lines (tenant, next_cycle_date, id);
CREATE INDEX recurring_lines_by_bill_to ON recurring_lines (tenant, bill_to_id, id);
