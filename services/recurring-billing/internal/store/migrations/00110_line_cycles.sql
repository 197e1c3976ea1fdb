-- +goose Up
-- What a cycle run changes of a line lies in a table of its own, narrow and without an index on what changes: a run over
-- a million lines rewrites short rows in place, and leaves the wide ones and their indexes alone. version is the line's:
-- whoever changes anything of a line counts it up here, so that a run and a change of the same line notice each other.
CREATE TABLE line_cycles (
    tenant          TEXT   NOT NULL,
    id              BIGINT NOT NULL,
    next_cycle_date TEXT   NOT NULL,
    last_cycle_date TEXT,            -- NULL: nothing was billed yet
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
-- A master's invoice takes the lines receivable to it.
CREATE INDEX recurring_lines_by_master ON recurring_lines (tenant, master_account_code, id) WHERE master_account_code IS NOT NULL;
