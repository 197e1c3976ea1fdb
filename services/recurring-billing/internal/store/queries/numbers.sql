-- Assigns the number after the highest one that was assigned or imported.
-- name: NextNumber :one
INSERT INTO highest_numbers (tenant, kind, number) VALUES ($1, $2, 1)
ON CONFLICT (tenant, kind) DO UPDATE SET number = highest_numbers.number + 1
RETURNING number;

-- name: NoteNumber :exec
INSERT INTO highest_numbers (tenant, kind, number) VALUES ($1, $2, $3)
ON CONFLICT (tenant, kind) DO UPDATE SET number = excluded.number
WHERE highest_numbers.number < excluded.number;

-- Takes a number of invoice numbers and returns the last of them.
-- name: CountInvoices :one
INSERT INTO invoice_series (tenant, last) VALUES ($1, $2)
ON CONFLICT (tenant) DO UPDATE SET last = invoice_series.last + excluded.last
RETURNING last;

-- name: NoteInvoice :exec
INSERT INTO invoice_series (tenant, last) VALUES ($1, $2)
ON CONFLICT (tenant) DO UPDATE SET last = excluded.last
WHERE invoice_series.last < excluded.last;
