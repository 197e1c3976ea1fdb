-- +goose Up
-- Indexes for what people filter and order by. For each invoice, a run writes one entry of them, in invoices_by_date.
CREATE INDEX bill_tos_by_name ON bill_tos (tenant, display_name, id);
CREATE INDEX recurring_lines_by_item ON recurring_lines (tenant, item_code, id);
CREATE INDEX recurring_lines_by_master_item ON recurring_lines (tenant, master_item_code, id) WHERE master_item_code IS NOT NULL;
CREATE INDEX cycle_runs_by_state ON cycle_runs (tenant, state, id);
CREATE INDEX invoices_by_date ON invoices (tenant, issue_date, number);
CREATE INDEX invoices_void ON invoices (tenant, number) WHERE state = 'VOID';
CREATE INDEX credit_notes_by_customer ON credit_notes (tenant, customer_id, id);
CREATE INDEX credit_notes_by_date ON credit_notes (tenant, issue_date, id);
