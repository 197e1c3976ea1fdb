package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// invoiceRow converts an invoice to a row of its table, without its items.
func invoiceRow(tenant auth.Tenant, i *invoice.Invoice) rows.Invoice {
	row := rows.Invoice{
		Tenant:     string(tenant),
		ID:         string(i.ID),
		Number:     sql.NullInt64{Int64: i.Number, Valid: i.Number != 0},
		State:      string(i.State),
		RunID:      int64(i.Run),
		BillToID:   int64(i.BillTo),
		CustomerID: int64(i.Customer),
		IssueDate:  i.IssueDate.String(),
		Currency:   string(i.Currency),
		Total:      i.Total,
		Version:    i.Version,
		Created:    i.Created.UnixMicro(),
		Updated:    i.Updated.UnixMicro(),
		Credited:   sql.NullInt64{Int64: i.Credited, Valid: i.Credited != 0},
		VoidReason: nullable(i.Voiding.Reason),
	}
	if !i.Voiding.At.IsZero() {
		row.Voided = sql.NullInt64{Int64: i.Voiding.At.UnixMicro(), Valid: true}
		row.VoidDate = nullable(i.Voiding.Day.String())
		row.PeriodsReleased = sql.NullBool{Bool: i.Voiding.Released, Valid: true}
	}
	return row
}

// invoiceOf converts a row to an invoice, without its items.
func invoiceOf(row rows.Invoice) (invoice.Invoice, error) {
	var day dates
	i := invoice.Invoice{
		ID:        invoice.ID(row.ID),
		Number:    row.Number.Int64,
		State:     invoice.State(row.State),
		Run:       invoice.RunID(row.RunID),
		BillTo:    catalogue.BillToID(row.BillToID),
		Customer:  catalogue.CustomerID(row.CustomerID),
		IssueDate: day.of(row.IssueDate),
		Currency:  money.Currency(row.Currency),
		Total:     row.Total,
		Credited:  row.Credited.Int64,
		Voiding:   invoice.Voiding{Reason: row.VoidReason.String, Day: day.of(row.VoidDate.String), Released: row.PeriodsReleased.Bool},
		Revision:  revisionOf(row.Version, row.Created, row.Updated),
	}
	if row.Voided.Valid {
		i.Voiding.At = store.Instant(row.Voided.Int64)
		if i.Voiding.Day.IsZero() {
			i.Voiding.Day = date.Of(i.Voiding.At)
		}
	}
	return i, day.err
}

// Invoice reads an invoice with its items.
func (r *reader) Invoice(ctx context.Context, id invoice.ID) (invoice.Invoice, error) {
	row, err := r.rows.GetInvoice(ctx, rows.GetInvoiceParams{Tenant: string(r.tenant), ID: string(id)})
	inv, err := one("invoice", row, err, invoiceOf)
	if err != nil {
		return inv, err
	}
	items, err := r.rows.GetInvoiceItems(ctx, rows.GetInvoiceItemsParams{Tenant: string(r.tenant), InvoiceID: string(id)})
	if err != nil {
		return inv, fmt.Errorf("reading the items of invoice %s: %w", id, err)
	}
	if inv.Items, err = readItems([]byte(items), string(inv.Currency)); err != nil {
		return inv, fmt.Errorf("reading the items of invoice %s: %w", id, err)
	}
	return inv, nil
}

// Invoices lists invoices. Number, run and bill-to each have an index in the order of the numbers,
// and drafts have one of their own. Other conditions are checked invoice by invoice.
func (r *reader) Invoices(ctx context.Context, query listing.Query) ([]invoice.Invoice, error) {
	where, args := r.invoicesWhere(query.Where)
	found, err := rows.New(narrowed{r.tx.List(query, invoiceFields), ` WHERE ` + where, args}).SelectInvoices(ctx)
	return many("invoices", found, err, invoiceOf)
}

// invoicesWhere returns the condition that rows are invoices of the tenant, and conditions implied
// by the given one that fit the indexes: only drafts have no number, and the invoices of a customer
// are those of the customer's bill-tos.
func (r *reader) invoicesWhere(condition listing.Condition) (where string, args []any) {
	where, args = `tenant = $1`, []any{string(r.tenant)}
	switch state, fixed := listing.Fixed(condition, invoice.FieldState); {
	case fixed && state == string(invoice.Draft):
		where += ` AND number IS NULL`
	case fixed:
		where += ` AND number IS NOT NULL`
	}
	if customer, fixed := listing.Fixed(condition, invoice.FieldCustomer); fixed {
		where += ` AND bill_to_id IN (SELECT id FROM bill_tos WHERE tenant = $1 AND customer_id = $2)`
		args = append(args, customer)
	}
	return where, args
}

// BilledAlready reads which lines of invoices have parts of periods that are already billed.
func (r *reader) BilledAlready(ctx context.Context, invoices []invoice.Invoice) ([]line.ID, error) {
	type part struct {
		line  line.ID
		start date.Date
	}
	parts, lines := map[part]bool{}, []line.ID{}
	for i := range invoices {
		for _, l := range invoices[i].Lines {
			lines = append(lines, line.ID(l.Line))
			for _, p := range l.Parts {
				parts[part{line.ID(l.Line), p.Start}] = true
			}
		}
	}
	b := bound{tx: r.tx}
	where := b.ofLines(string(r.tenant), lines)
	if b.err != nil || len(lines) == 0 {
		return nil, b.err
	}
	var found []line.ID
	_, err := database.Select(ctx, r.tx, "billed period", func(row database.Row) (p part, err error) {
		if err = row.Scan(&p.line, &p.start); err == nil && parts[p] {
			found = append(found, p.line)
		}
		return p, err
	}, `SELECT line_id, period_start FROM billed_periods WHERE `+where+` ORDER BY line_id, period_start`, b.values...)
	return slices.Compact(found), err
}

// countNumbers takes the given number of invoice numbers from the tenant's series, and returns the
// last.
func (w *writer) countNumbers(ctx context.Context, invoices int) (int64, error) {
	last, err := w.rows.CountInvoices(ctx, rows.CountInvoicesParams{Tenant: string(w.tenant), Last: int64(invoices)})
	if err != nil {
		return 0, fmt.Errorf("numbering invoices: %w", err)
	}
	return last, nil
}

// recordInvoices adds entries for invoices to the change feed.
func (w *writer) recordInvoices(ctx context.Context, change feed.Kind, invoices ...invoice.Invoice) error {
	return store.RecordAll(ctx, w.Writer, change, withoutItems(invoices))
}

// withoutItems returns invoices as the change feed has them, without their items: those never
// change, and a run makes millions.
func withoutItems(invoices []invoice.Invoice) []invoice.Invoice {
	shown := slices.Clone(invoices)
	for i := range shown {
		shown[i].Items = nil
	}
	return shown
}
