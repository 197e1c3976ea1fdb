package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/receivables"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// UpdateInvoice updates an invoice.
func (w *writer) UpdateInvoice(ctx context.Context, i *invoice.Invoice) error {
	w.revise(&i.Revision)
	row := invoiceRow(w.tenant, i)
	updated, err := w.rows.UpdateInvoice(ctx, rows.UpdateInvoiceParams{
		Tenant: row.Tenant, ID: row.ID, State: row.State, Credited: row.Credited, VoidReason: row.VoidReason, Voided: row.Voided,
		PeriodsReleased: row.PeriodsReleased, VoidDate: row.VoidDate, Version: row.Version, Updated: row.Updated,
	})
	if err := store.ChangedRows(updated, err, mutation.ErrStale); err != nil {
		return fmt.Errorf("updating invoice %s: %w", i.ID, err)
	}
	return w.recordInvoices(ctx, feed.Updated, *i)
}

// WholeInvoices lists invoices with their items.
func (r *reader) WholeInvoices(ctx context.Context, query listing.Query) ([]invoice.Invoice, error) {
	invoices, err := r.Invoices(ctx, query)
	if err != nil {
		return nil, err
	}
	return invoices, r.addItems(ctx, invoices)
}

// addItems reads the items of invoices.
func (r *reader) addItems(ctx context.Context, invoices []invoice.Invoice) error {
	if len(invoices) == 0 {
		return nil
	}
	places, ids := map[string]int{}, make([]string, len(invoices))
	for i, inv := range invoices {
		ids[i], places[string(inv.ID)] = string(inv.ID), i
	}
	b := bound{tx: r.tx}
	query := `SELECT invoice_id, items FROM invoice_items WHERE ` + keyed(&b, string(r.tenant), "invoice_id", "TEXT", ids)
	if b.err != nil {
		return b.err
	}
	_, err := database.Select(ctx, r.tx, "invoice's items", func(row database.Row) (_ struct{}, err error) {
		var id, items string
		if err = row.Scan(&id, &items); err != nil {
			return struct{}{}, err
		}
		inv := &invoices[places[id]]
		inv.Items, err = readItems([]byte(items), string(inv.Currency))
		return struct{}{}, err
	}, query, b.values...)
	return err
}

// SumInvoices sums invoices by currency. It sums the upper and the lower 32 bits of the amounts
// separately, so that neither sum can overflow.
func (r *reader) SumInvoices(ctx context.Context, condition listing.Condition) ([]receivables.Sum, error) {
	where, args := r.invoicesWhere(condition)
	filter, args, err := r.tx.Where(condition, invoiceFields, args...)
	if err != nil {
		return nil, fmt.Errorf("building the statement of a sum: %w", err)
	}
	return database.Select(ctx, r.tx, "sum", func(row database.Row) (s receivables.Sum, err error) {
		var high, low, creditedHigh, creditedLow int64
		err = row.Scan(&s.Currency, &s.Invoices, &high, &low, &creditedHigh, &creditedLow)
		s.Invoiced, s.Credited = money.SumOfHalves(high, low), money.SumOfHalves(creditedHigh, creditedLow)
		return s, err
	}, `SELECT currency, count(*), CAST(SUM(total >> 32) AS BIGINT), CAST(SUM(total & 4294967295) AS BIGINT),
			CAST(COALESCE(SUM(credited >> 32), 0) AS BIGINT), CAST(COALESCE(SUM(credited & 4294967295), 0) AS BIGINT) FROM invoices
		WHERE `+where+` AND `+filter+` GROUP BY currency ORDER BY currency`, args...)
}

// Voidable reads the invoices of a run that can be voided, or whose periods can be released.
func (r *reader) Voidable(ctx context.Context, of run.ID, in run.Range, release bool) ([]invoice.Invoice, error) {
	if err := r.readByIndex(ctx); err != nil {
		return nil, err
	}
	found, err := r.rows.ListVoidable(ctx, rows.ListVoidableParams{
		Tenant: string(r.tenant), RunID: int64(of), AfterBillTo: int64(in.After), UptoBillTo: int64(in.Upto), Released: release,
	})
	invoices, err := many("invoices", found, err, invoiceOf)
	if err != nil {
		return nil, err
	}
	return invoices, r.addItems(ctx, invoices)
}

// ofLines returns the condition that a row belongs to one of the lines.
func (b *bound) ofLines(tenant string, lines []line.ID) string {
	return `tenant = ` + b.value(tenant) + oneOf(b, "line_id", lines)
}

// BilledPeriods reads the periods that an invoice bills for lines.
func (r *reader) BilledPeriods(ctx context.Context, inv invoice.ID, lines []line.ID) ([]invoice.BilledPeriod, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	b := bound{tx: r.tx}
	where := b.ofLines(string(r.tenant), lines) + ` AND invoice_id = ` + b.value(string(inv))
	if b.err != nil {
		return nil, b.err
	}
	return r.billedPeriods(ctx, where, b.values)
}

// PeriodsOf reads the billed periods of lines that contain any of the days.
func (r *reader) PeriodsOf(ctx context.Context, lines []line.ID, days billing.Span) ([]invoice.BilledPeriod, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	b := bound{tx: r.tx}
	where := keyed(&b, string(r.tenant), "line_id", "BIGINT", lines) + ` AND period_start < ` + b.value(days.End.String()) +
		` AND period_end > ` + b.value(days.Start.String())
	if b.err != nil {
		return nil, b.err
	}
	return r.billedPeriods(ctx, where, b.values)
}

func (r *reader) billedPeriods(ctx context.Context, where string, values []any) ([]invoice.BilledPeriod, error) {
	return database.Select(ctx, r.tx, "billed period", func(row database.Row) (p invoice.BilledPeriod, err error) {
		err = row.Scan(&p.Line, &p.Start, &p.End, &p.Invoice)
		return p, err
	}, `SELECT line_id, period_start, period_end, invoice_id FROM billed_periods WHERE `+where+` ORDER BY line_id, period_start`, values...)
}

// BilledBefore reads the first day of the last billed part of a line before a day.
func (r *reader) BilledBefore(ctx context.Context, l line.ID, day date.Date) (last date.Date, err error) {
	start, err := r.rows.GetBilledBefore(ctx, rows.GetBilledBeforeParams{Tenant: string(r.tenant), LineID: int64(l), PeriodStart: day.String()})
	if errors.Is(err, sql.ErrNoRows) {
		return date.Date{}, nil
	}
	if err != nil {
		return date.Date{}, fmt.Errorf("reading what line %d was billed for: %w", l, err)
	}
	return last, last.UnmarshalText([]byte(start))
}

// GivenCredits reads the credits of lines.
func (r *reader) GivenCredits(ctx context.Context, lines []line.ID) ([]invoice.GivenCredit, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	b := bound{tx: r.tx}
	where := b.ofLines(string(r.tenant), lines)
	if b.err != nil {
		return nil, b.err
	}
	return database.Select(ctx, r.tx, "credit", func(row database.Row) (c invoice.GivenCredit, err error) {
		var amount string
		if err = row.Scan(&c.Line, &c.Start, &c.End, &amount, &c.Currency, &c.Invoice, &c.Kind, &c.Of); err != nil {
			return c, err
		}
		c.Amount, err = minorUnits(amount, string(c.Currency))
		return c, err
	}, `SELECT line_id, from_date, to_date, amount, currency, COALESCE(invoice_id, ''), kind, COALESCE(of_invoice, '') FROM line_credits WHERE `+where+` ORDER BY line_id, number`, b.values...)
}

// ReleasePeriods deletes the periods that an invoice bills for lines.
func (w *writer) ReleasePeriods(ctx context.Context, inv invoice.ID, lines []line.ID) error {
	return w.release(ctx, `DELETE FROM billed_periods`, []invoice.ID{inv}, lines)
}

// ReleaseCredits removes credits of lines from an invoice.
func (w *writer) ReleaseCredits(ctx context.Context, inv invoice.ID, lines []line.ID) error {
	return w.release(ctx, `UPDATE line_credits SET invoice_id = NULL`, []invoice.ID{inv}, lines)
}

func (w *writer) release(ctx context.Context, statement string, invoices []invoice.ID, lines []line.ID) error {
	if len(lines) == 0 {
		return nil
	}
	b := bound{tx: w.tx}
	where := b.onInvoices(string(w.tenant), invoices, lines)
	if b.err != nil {
		return b.err
	}
	if _, err := w.tx.ExecContext(ctx, statement+` WHERE `+where, b.values...); err != nil {
		return fmt.Errorf("releasing what invoices hold: %w", err)
	}
	return nil
}
