-- +goose Up
-- What Sedona's records hold besides. A program before would lose the notes of the rates that it writes.
-- oldest program: 295
-- Codes of the job and the branch. NULL: none.
ALTER TABLE recurring_lines ADD COLUMN job_code TEXT;
ALTER TABLE recurring_lines ADD COLUMN branch_code TEXT;
-- The number of the cancellation, and JSON: the comments and the user of the caller. NULL: not cancelled, and neither.
ALTER TABLE recurring_lines ADD COLUMN cancel_number BIGINT;
ALTER TABLE recurring_lines ADD COLUMN cancel_note TEXT;
ALTER TABLE line_rates ADD COLUMN note TEXT;
-- JSON: phones, county, branch and what else no invoice prints. NULL: nothing.
ALTER TABLE bill_tos ADD COLUMN details TEXT;

-- Cancellations from before are numbered in the order of their lines.
UPDATE recurring_lines SET cancel_number = numbered.number
FROM (SELECT tenant, id, row_number() OVER (PARTITION BY tenant ORDER BY id) AS number FROM recurring_lines WHERE cancel_reason IS NOT NULL) AS numbered
WHERE recurring_lines.tenant = numbered.tenant AND recurring_lines.id = numbered.id;
INSERT INTO highest_numbers (tenant, kind, number)
SELECT tenant, 'cancellation', count(*) FROM recurring_lines WHERE cancel_reason IS NOT NULL GROUP BY tenant;
