package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// Columns of what a run writes.
var (
	// lineCycleKeys and lineCycleSet are the columns that a run matches and changes of a line.
	lineCycleKeys = []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}, {Name: "version", Type: "BIGINT"}}
	lineCycleSet  = []database.Column{
		{Name: "next_cycle_date", Type: "TEXT"}, {Name: "last_cycle_date", Type: "TEXT"},
		{Name: "version", Type: "BIGINT"}, {Name: "updated", Type: "BIGINT"},
	}
	unbilledSet     = []database.Column{{Name: "unbilled", Type: "TEXT"}, {Name: "version", Type: "BIGINT"}, {Name: "updated", Type: "BIGINT"}}
	periodColumns   = columnsOf[rows.BilledPeriod]()
	documentColumns = columnsOf[rows.InvoiceItem]()
	// invoiceColumns are not all of the table: a run of a million invoices need not write the ones that stay NULL until
	// an invoice is credited or voided.
	invoiceColumns = []string{
		"tenant", "id", "number", "state", "run_id", "bill_to_id", "customer_id", "issue_date", "currency", "total", "version", "created", "updated",
	}
	numberColumn = slices.Index(invoiceColumns, "number")
)

// bills are invoices with the rows of what a run writes of them. A run makes millions, so what rows have in common is
// allocated once.
type bills struct {
	invoices []invoice.Invoice
	// lines are the lines to move on from the version that was billed, again those whose days that were to be billed again are billed.
	lines table
	again [][]any
	// periods, documents and created are the rows of billed periods, of the invoices' items and of the invoices, still without numbers.
	periods, documents, created table
}

// Invoices returns the invoices.
func (b *bills) Invoices() []invoice.Invoice { return b.invoices }

// Bills makes the rows of invoices.
func (r *reader) Bills(at time.Time, invoices []invoice.Invoice) run.Bills {
	at = store.Kept(at)
	billed, parts := 0, 0
	for i := range invoices {
		billed += len(invoices[i].Lines)
		for j := range invoices[i].Lines {
			parts += len(invoices[i].Lines[j].Parts)
		}
	}
	b := &bills{
		invoices:  invoices,
		lines:     newTable(len(lineCycleKeys)+len(lineCycleSet), billed),
		periods:   newTable(len(periodColumns), parts),
		documents: newTable(len(documentColumns), len(invoices)),
		created:   newTable(len(invoiceColumns), len(invoices)),
	}
	m := billsMaker{bills: b, tenant: string(r.tenant), updated: at.UnixMicro(), days: values{}, texts: texts{}}
	for i := range invoices {
		inv := &invoices[i]
		inv.Revision = createdAt(at)
		m.addLines(inv)
		m.addInvoice(inv)
	}
	// Two runs that update the same lines do so in the same order, to avoid deadlocks.
	byNumber := func(a, b []any) int { return cmp.Compare(a[1].(int64), b[1].(int64)) }
	slices.SortFunc(b.lines.rows, byNumber)
	slices.SortFunc(b.again, byNumber)
	return b
}

// billsMaker adds the rows of invoices to bills.
type billsMaker struct {
	*bills
	tenant, updated any
	days            values
	texts           texts
	// buffer is reused to write documents.
	buffer []byte
}

func (m *billsMaker) addLines(inv *invoice.Invoice) {
	var id any = string(inv.ID)
	for i := range inv.Lines {
		line := &inv.Lines[i]
		var number any = int64(line.Line)
		if line.Again > 0 {
			version := line.Version
			if !line.Moves() {
				version++
			}
			m.again = append(m.again, []any{m.tenant, number, line.Version, orNull(unbilledText(line.Rest)), version, m.updated})
		}
		if line.Moves() {
			m.lines.add(m.tenant, number, line.Version, m.days.of(line.Next()), m.days.of(line.Last()), line.Version+1, m.updated)
		}
		for _, part := range line.Parts {
			m.periods.add(m.tenant, number, m.days.of(part.Start), m.days.of(part.End), id)
		}
	}
}

func (m *billsMaker) addInvoice(inv *invoice.Invoice) {
	var id any = string(inv.ID)
	m.buffer = appendItems(m.buffer[:0], inv, m.texts)
	m.documents.add(m.tenant, id, string(m.buffer))
	m.created.add(m.tenant, id, nil, string(inv.State), int64(inv.Run), int64(inv.BillTo), int64(inv.Customer), m.days.of(inv.IssueDate),
		string(inv.Currency), inv.Total, inv.Version, inv.Created.UnixMicro(), inv.Updated.UnixMicro())
}

// appendItems appends the document of an invoice's items.
func appendItems(to []byte, i *invoice.Invoice, dates texts) []byte {
	digits, _ := i.Currency.MinorDigits()
	return itemWriter{dates, digits}.items(to, i.Items)
}

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

// BillLines moves lines on from the version that was billed, and records their periods.
func (w *writer) BillLines(ctx context.Context, of run.Bills) error {
	b := of.(*bills)
	if err := w.billAgain(ctx, b.again); err != nil {
		return err
	}
	moved, err := w.tx.UpdateAll(ctx, "line_cycles", lineCycleKeys, lineCycleSet, b.lines.rows)
	if err != nil {
		return fmt.Errorf("moving lines on: %w", err)
	}
	if stale := int64(len(b.lines.rows)) - moved; stale != 0 {
		return fmt.Errorf("moving %d lines on: %d have changed: %w", len(b.lines.rows), stale, mutation.ErrStale)
	}
	return w.tx.InsertAll(ctx, "billed_periods", periodColumns, b.periods.rows)
}

// billAgain records that the days of lines that were to be billed again are billed.
func (w *writer) billAgain(ctx context.Context, lines [][]any) error {
	if len(lines) == 0 {
		return nil
	}
	billed, err := w.tx.UpdateAll(ctx, "line_cycles", lineCycleKeys, unbilledSet, lines)
	if err != nil {
		return fmt.Errorf("billing days again: %w", err)
	}
	if billed != int64(len(lines)) {
		return fmt.Errorf("billing days of %d lines again: %d have changed: %w", len(lines), int64(len(lines))-billed, mutation.ErrStale)
	}
	return nil
}

// CreateInvoices stores invoices. The items go first: the series of numbers, which only one
// transaction at a time can increment, is then locked only for the short rows and the commit. The entries of the change feed are made
// while the engine inserts the invoices.
func (w *writer) CreateInvoices(ctx context.Context, of run.Bills) error {
	b := of.(*bills)
	if err := w.tx.InsertAll(ctx, "invoice_items", documentColumns, b.documents.rows); err != nil {
		return err
	}
	// The invoices of a run are either all drafts or all numbered.
	if len(b.invoices) > 0 && b.invoices[0].State != invoice.Draft {
		last, err := w.countNumbers(ctx, len(b.invoices))
		if err != nil {
			return err
		}
		for i := range b.invoices {
			b.invoices[i].Number = last - int64(len(b.invoices)-i-1)
			b.created.rows[i][numberColumn] = b.invoices[i].Number
		}
	}
	var entries []feed.Entry
	var failed error
	var beside sync.WaitGroup
	beside.Go(func() { entries, failed = store.Entries(w.Writer, feed.Created, withoutItems(b.invoices)) })
	err := w.tx.InsertAll(ctx, "invoices", invoiceColumns, b.created.rows)
	beside.Wait()
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	return feed.AppendAll(ctx, w.tx, entries)
}
