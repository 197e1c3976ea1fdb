-- +goose Up
-- What a cycle run changes of a line is in a narrow table of its own, so that a run over a million lines rewrites short rows and
-- leaves the wide ones and their indexes alone. version is that of the whole line: every change of a line increments it here, so
-- that a run and a change of the same line notice each other.
CREATE TABLE line_cycles (
    tenant          TEXT   NOT NULL,
    id              BIGINT NOT NULL,
    next_cycle_date TEXT   NOT NULL,
    last_cycle_date TEXT,            -- NULL: nothing has been billed
    version         BIGINT NOT NULL,
    updated         BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
INSERT INTO line_cycles (tenant, id, next_cycle_date, last_cycle_date, version, updated)
    SELECT tenant, id, next_cycle_date, last_cycle_date, version, updated FROM recurring_lines;
DROP INDEX recurring_lines_by_next_cycle;
ALTER TABLE recurring_lines DROP COLUMN next_cycle_date;
ALTER TABLE recurring_lines DROP COLUMN last_cycle_date;
ALTER TABLE recurring_lines DROP COLUMN version;
ALTER TABLE recurring_lines DROP COLUMN updated;
-- For the lines that are receivable to a master account.
CREATE INDEX recurring_lines_by_master ON recurring_lines (tenant, master_account_code, id) WHERE master_account_code IS NOT NULL;
