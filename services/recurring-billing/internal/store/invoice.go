package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
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

// lineCycleKeys and lineCycleSet are the columns that a run matches and changes of a line.
var (
	lineCycleKeys = []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}, {Name: "version", Type: "BIGINT"}}
	lineCycleSet  = []database.Column{
		{Name: "next_cycle_date", Type: "TEXT"}, {Name: "last_cycle_date", Type: "TEXT"},
		{Name: "version", Type: "BIGINT"}, {Name: "updated", Type: "BIGINT"},
	}
	unbilledSet   = []database.Column{{Name: "unbilled", Type: "TEXT"}, {Name: "version", Type: "BIGINT"}, {Name: "updated", Type: "BIGINT"}}
	periodColumns = columnsOf[rows.BilledPeriod]()
)

// texts caches the texts of dates, most of which are the same.
type texts map[date.Date]string

func (t texts) of(d date.Date) string {
	text, known := t[d]
	if !known {
		text = d.String()
		t[d] = text
	}
	return text
}

// values caches dates as values of a statement. A row then shares its dates with the others instead of
// allocating each of them.
type values map[date.Date]any

func (v values) of(d date.Date) any {
	value, known := v[d]
	if !known {
		value = d.String()
		v[d] = value
	}
	return value
}

// table collects rows of values for a bulk statement. The values of all rows are allocated together.
type table struct {
	values []any
	rows   [][]any
}

func newTable(columns, rows int) table {
	return table{values: make([]any, 0, columns*rows), rows: make([][]any, 0, rows)}
}

func (t *table) add(row ...any) {
	from := len(t.values)
	// If there are more than was foreseen, the earlier rows keep the earlier array.
	t.values = append(t.values, row...)
	t.rows = append(t.rows, t.values[from:len(t.values):len(t.values)])
}

// BillLines moves lines on from the version that was billed, and records their periods. A run does this
// for millions, so what rows have in common is allocated once.
func (w *writer) BillLines(ctx context.Context, invoices []invoice.Invoice) error {
	var tenant, updated any = string(w.tenant), w.at.UnixMicro()
	billed, parts := 0, 0
	for i := range invoices {
		billed += len(invoices[i].Lines)
		for j := range invoices[i].Lines {
			parts += len(invoices[i].Lines[j].Parts)
		}
	}
	dates := values{}
	lines, periods := newTable(len(lineCycleKeys)+len(lineCycleSet), billed), newTable(len(periodColumns), parts)
	var again [][]any
	for i := range invoices {
		var inv any = string(invoices[i].ID)
		for j := range invoices[i].Lines {
			line := &invoices[i].Lines[j]
			var number any = int64(line.Line)
			if line.Again > 0 {
				again = append(again, []any{tenant, number, line.Version, orNull(unbilledText(line.Rest)), line.Version, updated})
			}
			if line.Moves() {
				lines.add(tenant, number, line.Version, dates.of(line.Next()), dates.of(line.Last()), line.Version+1, updated)
			} else {
				again[len(again)-1][4] = line.Version + 1
			}
			for _, part := range line.Parts {
				periods.add(tenant, number, dates.of(part.Start), dates.of(part.End), inv)
			}
		}
	}
	if err := w.billAgain(ctx, again); err != nil {
		return err
	}
	// Two runs that update the same lines do so in the same order, to avoid deadlocks.
	slices.SortFunc(lines.rows, func(a, b []any) int { return cmp.Compare(a[1].(int64), b[1].(int64)) })
	moved, err := w.tx.UpdateAll(ctx, "line_cycles", lineCycleKeys, lineCycleSet, lines.rows)
	if err != nil {
		return fmt.Errorf("moving lines on: %w", err)
	}
	if stale := int64(len(lines.rows)) - moved; stale != 0 {
		return fmt.Errorf("moving %d lines on: %d have changed: %w", len(lines.rows), stale, mutation.ErrStale)
	}
	return w.tx.InsertAll(ctx, "billed_periods", periodColumns, periods.rows)
}

// billAgain records that the days of lines that were to be billed again are billed.
func (w *writer) billAgain(ctx context.Context, lines [][]any) error {
	if len(lines) == 0 {
		return nil
	}
	slices.SortFunc(lines, func(a, b []any) int { return cmp.Compare(a[1].(int64), b[1].(int64)) })
	billed, err := w.tx.UpdateAll(ctx, "line_cycles", lineCycleKeys, unbilledSet, lines)
	if err != nil {
		return fmt.Errorf("billing days again: %w", err)
	}
	if billed != int64(len(lines)) {
		return fmt.Errorf("billing days of %d lines again: %d have changed: %w", len(lines), int64(len(lines))-billed, mutation.ErrStale)
	}
	return nil
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

var documentColumns = columnsOf[rows.InvoiceItem]()

// itemsRow converts an invoice's items to a row of their table.
func (w *writer) itemsRow(i *invoice.Invoice, dates texts) rows.InvoiceItem {
	digits, _ := i.Currency.MinorDigits()
	w.buffer = itemWriter{dates, digits}.items(w.buffer[:0], i.Items)
	return rows.InvoiceItem{Tenant: string(w.tenant), InvoiceID: string(i.ID), Items: string(w.buffer)}
}

// CreateInvoices stores invoices. The items go first: the series of numbers, which only one
// transaction at a time can increment, is then locked only for the short rows and the commit.
func (w *writer) CreateInvoices(ctx context.Context, invoices []invoice.Invoice) error {
	documents, dates := make([][]any, len(invoices)), texts{}
	for i := range invoices {
		row := w.itemsRow(&invoices[i], dates)
		documents[i] = []any{row.Tenant, row.InvoiceID, row.Items}
	}
	if err := w.tx.InsertAll(ctx, "invoice_items", documentColumns, documents); err != nil {
		return err
	}
	// The invoices of a run are either all drafts or all numbered.
	drafts := len(invoices) > 0 && invoices[0].State == invoice.Draft
	var last int64
	var err error
	if !drafts {
		if last, err = w.countNumbers(ctx, len(invoices)); err != nil {
			return err
		}
	}
	columns := []string{
		"tenant", "id", "number", "state", "run_id", "bill_to_id", "customer_id", "issue_date", "currency", "total", "version", "created", "updated",
	}
	created, days := newTable(len(columns), len(invoices)), values{}
	var tenant any = string(w.tenant)
	for i := range invoices {
		inv := &invoices[i]
		inv.Revision = w.created()
		var number any // NULL for a draft
		if !drafts {
			inv.Number = last - int64(len(invoices)-i-1)
			number = inv.Number
		}
		created.add(tenant, string(inv.ID), number, string(inv.State), int64(inv.Run), int64(inv.BillTo),
			int64(inv.Customer), days.of(inv.IssueDate), string(inv.Currency), inv.Total, inv.Version,
			inv.Created.UnixMicro(), inv.Updated.UnixMicro())
	}
	// Only these columns: a run of a million invoices need not write the ones that stay NULL until
	// an invoice is credited or voided.
	if err := w.tx.InsertAll(ctx, "invoices", columns, created.rows); err != nil {
		return err
	}
	return w.recordInvoices(ctx, feed.Created, invoices...)
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

// recordInvoices adds entries for invoices to the change feed, without their items: those never
// change, and a run makes millions.
func (w *writer) recordInvoices(ctx context.Context, change feed.Kind, invoices ...invoice.Invoice) error {
	shown := slices.Clone(invoices)
	for i := range shown {
		shown[i].Items = nil
	}
	return store.RecordAll(ctx, w.Writer, change, shown)
}
