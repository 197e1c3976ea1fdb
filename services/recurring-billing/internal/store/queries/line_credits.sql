-- name: CreateCredit :exec
INSERT INTO line_credits (
    tenant, id, line_id, bill_to_id, from_date, to_date, amount, currency, reason, invoice_id
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
);

-- name: DeleteCredit :execrows
DELETE FROM line_credits WHERE tenant = $1 AND line_id = $2 AND invoice_id IS NULL;

-- Records that an invoice carries the credit of a line, and creates the credit if it does not exist.
-- name: CarryCredit :execrows
INSERT INTO line_credits (
    tenant, id, line_id, bill_to_id, from_date, to_date, amount, currency, reason, invoice_id
) VALUES (
    @tenant, @id, @line_id, @bill_to_id, @from_date, @to_date, @amount, @currency,
    COALESCE((SELECT l.cancel_reason FROM recurring_lines l WHERE l.tenant = @tenant AND l.id = @line_id), ''), @invoice_id
) ON CONFLICT (tenant, line_id) DO UPDATE SET invoice_id = excluded.invoice_id WHERE line_credits.invoice_id IS NULL;
