-- Gives the credit the next number of its line.
-- name: CreateCredit :exec
INSERT INTO line_credits (tenant, line_id, number, bill_to_id, from_date, to_date, amount, currency, reason, invoice_id, kind, of_invoice, elsewhere)
VALUES (@tenant, @line_id, (SELECT COALESCE(MAX(k.number), 0) + 1 FROM line_credits k WHERE k.tenant = @tenant AND k.line_id = @line_id),
    @bill_to_id, @from_date, @to_date, @amount, @currency, @reason, @invoice_id, @kind, @of_invoice, @elsewhere);

-- Deletes the credits of a cancellation, or nothing if an invoice carries one of them.
-- name: DeleteCredits :execrows
DELETE FROM line_credits WHERE line_credits.tenant = @tenant AND line_credits.line_id = @line_id AND line_credits.kind = '' AND NOT EXISTS (
    SELECT 1 FROM line_credits k WHERE k.tenant = @tenant AND k.line_id = @line_id AND k.kind = '' AND k.invoice_id IS NOT NULL);

-- Records that an invoice carries a credit of a line.
-- name: CarryCredit :execrows
UPDATE line_credits SET invoice_id = @invoice_id
WHERE line_credits.tenant = @tenant AND line_credits.line_id = @line_id AND line_credits.number = (
    SELECT MIN(k.number) FROM line_credits k
    WHERE k.tenant = @tenant AND k.line_id = @line_id AND k.bill_to_id = @bill_to_id AND k.from_date = @from_date
    AND k.amount = @amount AND (k.invoice_id IS NULL OR k.invoice_id = @invoice_id));

-- name: CountCredits :one
SELECT count(*) FROM line_credits WHERE tenant = @tenant AND line_id = @line_id AND from_date = @from_date;
