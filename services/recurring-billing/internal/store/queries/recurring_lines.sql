-- The rates of a line are returned as one column, so that one query reads lines with their rates: one rate per line of
-- text, such as `2026-01-01 2026-02-01 29.95 reason`. Reasons have no control characters. A rate's note, a JSON object, follows in a
-- line of its own. So are its credits, such as
-- `2026-01-15 2026-02-01 7 17.00 12-7-USD RATE- 11-7-USD reason`, with a dash for no
-- invoice. Both are read in the order of their numbers, which an aggregate keeps; one with an ORDER BY of its own takes SQLite a table
-- for each line, 6 µs. Few lines have credits, and SQLite aggregates nothing as slowly as something. Without the cast, SQLite would
-- plan the query again whenever the number becomes 0 or 1, or stops being it, since such a value of a column may be a flag that
-- few rows have.
-- name: GetLine :one
SELECT sqlc.embed(l), sqlc.embed(c),
    CAST(COALESCE((SELECT string_agg(r.effective_date || ' ' || COALESCE(r.applies_from, r.effective_date) || ' ' || r.monthly_amount || ' ' || r.reason_code ||
    COALESCE('
' || r.note, ''), '
') FROM (SELECT * FROM line_rates r WHERE r.tenant = l.tenant AND r.line_id = l.id ORDER BY r.number) r), '') AS text) AS rates,
    CAST(CASE WHEN EXISTS (SELECT 1 FROM line_credits k WHERE k.tenant = l.tenant AND k.line_id = l.id) THEN (SELECT string_agg(k.from_date || ' ' || k.to_date || ' ' || k.bill_to_id || ' ' || k.amount || ' ' || COALESCE(k.invoice_id, '-') || ' ' ||
    k.kind || '-' || ' ' || COALESCE(k.of_invoice, '-') || ' ' || COALESCE(k.elsewhere, '-') || ' ' ||
    k.reason, '
') FROM (SELECT * FROM line_credits k WHERE k.tenant = l.tenant AND k.line_id = l.id ORDER BY k.number) k) ELSE '' END AS text) AS credits,
    CAST(COALESCE((SELECT b.customer_id FROM bill_tos b WHERE b.tenant = l.tenant AND b.id = l.bill_to_id), 0) AS bigint) AS owner
FROM recurring_lines l JOIN line_cycles c USING (tenant, id) WHERE l.tenant = @tenant AND l.id = CAST(@id AS bigint);

-- name: ListLines :many
SELECT sqlc.embed(l), sqlc.embed(c),
    CAST(COALESCE((SELECT string_agg(r.effective_date || ' ' || COALESCE(r.applies_from, r.effective_date) || ' ' || r.monthly_amount || ' ' || r.reason_code ||
    COALESCE('
' || r.note, ''), '
') FROM (SELECT * FROM line_rates r WHERE r.tenant = l.tenant AND r.line_id = l.id ORDER BY r.number) r), '') AS text) AS rates,
    CAST(CASE WHEN EXISTS (SELECT 1 FROM line_credits k WHERE k.tenant = l.tenant AND k.line_id = l.id) THEN (SELECT string_agg(k.from_date || ' ' || k.to_date || ' ' || k.bill_to_id || ' ' || k.amount || ' ' || COALESCE(k.invoice_id, '-') || ' ' ||
    k.kind || '-' || ' ' || COALESCE(k.of_invoice, '-') || ' ' || COALESCE(k.elsewhere, '-') || ' ' ||
    k.reason, '
') FROM (SELECT * FROM line_credits k WHERE k.tenant = l.tenant AND k.line_id = l.id ORDER BY k.number) k) ELSE '' END AS text) AS credits
FROM recurring_lines l JOIN line_cycles c USING (tenant, id) WHERE l.tenant = $1;

-- name: CreateLine :execrows
INSERT INTO recurring_lines (
    tenant, id, customer_id, site_id, system_id, bill_to_id, item_code, master_item_code, master_account_code, bill_cycle,
    description, memo, currency, start_date, bill_day, end_date, created, cancel_reason, former_end_date, cancel_credit,
    anchor_date, pauses, timing, job_code, branch_code, cancel_number, cancel_note
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27
) ON CONFLICT DO NOTHING;

-- Sets only the columns that can change, so that the indexes on the others are not written. UpdateLineTerms sets those that
-- have no index, or one of cancelled lines only, and refer to nothing, which costs SQLite a third.
-- name: UpdateLine :execrows
UPDATE recurring_lines
SET bill_to_id = @bill_to_id, item_code = @item_code, master_item_code = @master_item_code,
    master_account_code = @master_account_code, bill_cycle = @bill_cycle, description = @description, memo = @memo,
    end_date = @end_date, cancel_reason = @cancel_reason, former_end_date = @former_end_date, cancel_credit = @cancel_credit,
    bill_day = @bill_day, anchor_date = @anchor_date, pauses = @pauses, timing = @timing, job_code = @job_code, branch_code = @branch_code,
    cancel_number = @cancel_number, cancel_note = @cancel_note
WHERE tenant = @tenant AND id = @id;

-- name: UpdateLineTerms :execrows
UPDATE recurring_lines
SET bill_cycle = @bill_cycle, description = @description, memo = @memo, end_date = @end_date, cancel_reason = @cancel_reason,
    former_end_date = @former_end_date, cancel_credit = @cancel_credit, bill_day = @bill_day, anchor_date = @anchor_date,
    pauses = @pauses, timing = @timing, job_code = @job_code, branch_code = @branch_code, cancel_number = @cancel_number,
    cancel_note = @cancel_note
WHERE tenant = @tenant AND id = @id;

-- name: ListLineNumbers :many
SELECT id FROM recurring_lines WHERE tenant = $1;

-- name: ListCancellations :many
SELECT id, cancel_number FROM recurring_lines WHERE tenant = $1;

-- name: ListOrigins :many
SELECT id, customer_id, site_id, system_id FROM recurring_lines WHERE tenant = $1;
