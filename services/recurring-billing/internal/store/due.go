package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// bound collects the parameters of a statement.
type bound struct {
	tx     *database.Tx
	values []any
	err    error
}

// value adds a parameter and returns its placeholder.
func (b *bound) value(value any) string {
	b.values = append(b.values, value)
	return fmt.Sprintf("$%d", len(b.values))
}

// oneOf returns the condition that a column has one of some values, or an empty text without
// values.
func oneOf[T ~int32 | ~int64 | ~string](b *bound, column string, values []T) string {
	if len(values) == 0 {
		return ""
	}
	many, err := database.Many(b.tx, values)
	if err != nil {
		b.err = err
	}
	return " AND " + column + b.tx.In(b.value(many))
}

// chosen returns the conditions of a filter on lines l. payer is the column of the bill-to that
// they are due from.
func (b *bound) chosen(filter run.Filter, payer string) string {
	return oneOf(b, "l.bill_cycle", filter.Cycles) + oneOf(b, "l.item_code", filter.Items) +
		oneOf(b, "l.master_account_code", filter.Masters) + oneOf(b, payer, filter.BillTos)
}

// Lines receivable to no master account are due from their own bill-to, others from the master
// account's.
const (
	ownLines    = ` FROM recurring_lines l`
	masterLines = ` FROM master_accounts m JOIN recurring_lines l ON l.tenant = m.tenant AND l.master_account_code = m.code`
)

// CountLines counts the lines of each bill-to. The lines of a master account are counted in the
// index of master accounts, before the others: those come from their index in the order of the bill-tos, one
// at a time. A statement that adds both up would keep a row of each bill-to in memory on SQLite, 60 MB for two
// million of them.
func (r *reader) CountLines(ctx context.Context, filter run.Filter, each func(billTo catalogue.BillToID, lines int)) error {
	var masters []linesOf
	if err := r.countLines(ctx, `m.bill_to_id`, masterLines, `m.tenant`, ` AND l.bill_to_id <> m.bill_to_id`, filter, func(p linesOf) {
		masters = append(masters, p)
	}); err != nil {
		return err
	}
	if err := r.countLines(ctx, `l.bill_to_id`, ownLines, `l.tenant`, ``, filter, func(own linesOf) {
		for len(masters) > 0 && masters[0].billTo <= own.billTo {
			if masters[0].billTo < own.billTo {
				each(masters[0].billTo, masters[0].lines)
			} else {
				own.lines += masters[0].lines
			}
			masters = masters[1:]
		}
		each(own.billTo, own.lines)
	}); err != nil {
		return err
	}
	for _, p := range masters {
		each(p.billTo, p.lines)
	}
	return nil
}

// linesOf is a bill-to and how many lines are due from it.
type linesOf struct {
	billTo catalogue.BillToID
	lines  int
}

// countLines counts lines by a column of bill-tos, in the order of their numbers.
func (r *reader) countLines(ctx context.Context, column, from, tenant, which string, filter run.Filter, each func(linesOf)) error {
	b := bound{tx: r.tx}
	query := `SELECT ` + column + `, count(*)` + from + ` WHERE ` + tenant + ` = ` + b.value(string(r.tenant)) + which +
		oneOf(&b, column, filter.BillTos) + ` GROUP BY ` + column + ` ORDER BY ` + column
	if err := r.each(ctx, query, &b, func(row *database.Values) error {
		each(linesOf{catalogue.BillToID(row.Number(0)), int(row.Number(1))}) //nolint:gosec // the database has no greater numbers
		return nil
	}); err != nil {
		return fmt.Errorf("counting lines: %w", err)
	}
	return nil
}

// DueLines reads the lines due from a range of bill-tos: first their numbers, then how far they are
// billed, then the due ones. Each statement may see more commits than the one before. The version
// of a line is read before the rest of it, so a change in between is noticed when the line is
// billed.
func (r *reader) DueLines(ctx context.Context, in run.Range, asOf date.Date, filter run.Filter) ([]billing.Billable, error) {
	d := dueReader{reader: r, in: in, asOf: asOf, filter: filter, dates: map[string]date.Date{}}
	for _, step := range []func(context.Context) error{r.readByIndex, d.readOwned, d.readCycles, d.readLines, d.readRates} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("reading the lines due from bill-tos %d to %d: %w", in.After+1, in.Upto, err)
		}
	}
	return d.lines, nil
}

// holdLines locks the lines due from a range of bill-tos on PostgreSQL, in the order in which they
// are billed.
func (r *reader) holdLines(ctx context.Context, in run.Range) error {
	d := dueReader{reader: r, in: in}
	if err := errors.Join(r.readByIndex(ctx), d.readOwned(ctx)); err != nil {
		return fmt.Errorf("holding the lines due from bill-tos %d to %d: %w", in.After+1, in.Upto, err)
	}
	b := bound{tx: r.tx}
	query := `SELECT id FROM line_cycles WHERE tenant = ` + b.value(string(r.tenant)) + oneOf(&b, "id", d.owned) + ` ORDER BY id FOR UPDATE`
	if len(d.owned) == 0 || b.err != nil {
		return b.err
	}
	if _, err := r.tx.ExecContext(ctx, query, b.values...); err != nil {
		return fmt.Errorf("holding the lines due from bill-tos %d to %d: %w", in.After+1, in.Upto, err)
	}
	return nil
}

// readByIndex makes PostgreSQL use indexes for the few thousand rows of a batch, without parallel
// workers. With the statistics of an empty table it would read whole tables.
func (r *reader) readByIndex(ctx context.Context) error {
	if r.tx.Engine != database.PostgreSQL {
		return nil
	}
	_, err := r.tx.ExecContext(ctx, `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
		set_config('enable_mergejoin', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`)
	return err
}

// dueReader reads the lines of a batch step by step.
type dueReader struct {
	*reader
	in     run.Range
	asOf   date.Date
	filter run.Filter
	// owned holds the numbers of the lines due from the range's bill-tos, ascending, and later only
	// of those with days to bill.
	owned []int64
	// cycles holds how far each line is billed, by its number.
	cycles map[int64]cycle
	// lines holds the due lines, and places the index of each by its number.
	lines  []billing.Billable
	places map[int64]int
	// dates caches parsed dates, since most lines of a batch share theirs.
	dates map[string]date.Date
}

type cycle struct {
	next    date.Date
	version int64
	// again holds days before next that are to be billed again.
	again []billing.Span
}

// each runs a query and calls read for each row.
func (r *reader) each(ctx context.Context, query string, b *bound, read func(*database.Values) error) error {
	if b.err != nil {
		return b.err
	}
	return r.tx.Each(ctx, query, b.values, read)
}

func (d *dueReader) readOwned(ctx context.Context) error {
	for _, source := range []struct{ payer, from, which string }{
		{"l.bill_to_id", ownLines, " AND l.master_account_code IS NULL"}, {"m.bill_to_id", masterLines, ""},
	} {
		b := bound{tx: d.tx}
		query := `SELECT l.id` + source.from + ` WHERE l.tenant = ` + b.value(string(d.tenant)) + ` AND ` + source.payer + ` > ` +
			b.value(int64(d.in.After)) + ` AND ` + source.payer + ` <= ` + b.value(int64(d.in.Upto)) + source.which
		if err := d.each(ctx, query, &b, func(row *database.Values) error {
			d.owned = append(d.owned, row.Number(0))
			return nil
		}); err != nil {
			return err
		}
	}
	slices.Sort(d.owned)
	return nil
}

// isOwned returns the condition that a column is the number of an owned line. If the numbers are
// nearly consecutive, the condition is a range, which may include a few others.
func (d *dueReader) isOwned(b *bound, column string) string {
	first, last := d.owned[0], d.owned[len(d.owned)-1]
	if last-first < 4*int64(len(d.owned)) {
		return " AND " + column + " BETWEEN " + b.value(first) + " AND " + b.value(last)
	}
	many, err := database.Many(d.tx, d.owned)
	if err != nil {
		b.err = err
	}
	return " AND " + column + d.tx.In(b.value(many))
}

func (d *dueReader) readCycles(ctx context.Context) error {
	if len(d.owned) == 0 {
		return nil
	}
	d.cycles = make(map[int64]cycle, len(d.owned))
	b := bound{tx: d.tx}
	query := `SELECT id, next_cycle_date, version, COALESCE(unbilled, '') FROM line_cycles WHERE tenant = ` + b.value(string(d.tenant)) + d.isOwned(&b, "id") +
		` AND (next_cycle_date <= ` + b.value(d.asOf.String()) + ` OR unbilled IS NOT NULL)`
	if err := d.each(ctx, query, &b, func(row *database.Values) error {
		c := cycle{version: row.Number(2)}
		err := d.date(row.Text(1), &c.next)
		if again := row.Text(3); again != "" && err == nil {
			c.again, err = unbilledOf(again)
		}
		d.cycles[row.Number(0)] = c
		return err
	}); err != nil {
		return err
	}
	d.owned = slices.DeleteFunc(d.owned, func(id int64) bool { _, due := d.cycles[id]; return !due })
	return nil
}

// readLines reads the lines that have days to bill.
func (d *dueReader) readLines(ctx context.Context) error {
	if len(d.owned) == 0 {
		return nil
	}
	d.places = make(map[int64]int, len(d.owned))
	d.lines = make([]billing.Billable, 0, len(d.owned))
	const payer = "COALESCE(m.bill_to_id, l.bill_to_id)"
	b := bound{tx: d.tx}
	query := `SELECT l.id, ` + payer + `, l.currency, l.item_code, COALESCE(l.master_item_code, ''), l.description, l.memo,
		l.start_date, COALESCE(l.end_date, ''), l.bill_day, COALESCE(l.anchor_date, ''), l.bill_cycle,
		COALESCE(l.pauses, ''), COALESCE(l.timing, '')
		FROM recurring_lines l LEFT JOIN master_accounts m ON m.tenant = l.tenant AND m.code = l.master_account_code
		WHERE l.tenant = ` + b.value(string(d.tenant)) + d.isOwned(&b, "l.id") + b.chosen(d.filter, payer)
	return d.each(ctx, query, &b, func(row *database.Values) error {
		id, billTo := row.Number(0), row.Number(1)
		cycle, due := d.cycles[id]
		if !due || billTo <= int64(d.in.After) || billTo > int64(d.in.Upto) {
			return nil
		}
		l := billing.Billable{
			ID: int32(id), BillTo: int32(billTo), Currency: row.Text(2), Item: row.Text(3), MasterItem: row.Text(4), //nolint:gosec // the database has no greater numbers
			Description: row.Text(5), Memo: row.Text(6), BillDay: int(row.Number(9)), Months: line.BillCycle(row.Text(11)).Months(),
			Unbilled: cycle.next, Version: cycle.version, Again: cycle.again, InArrears: line.Timing(row.Text(13)) == line.InArrears,
		}
		if pauses := row.Text(12); pauses != "" {
			paused, err := pausesOf(pauses)
			if err != nil {
				return fmt.Errorf("line %d: %w", id, err)
			}
			l.Paused, l.Resumed = line.PausedDays(paused), line.ResumedDays(paused)
		}
		if err := errors.Join(d.date(row.Text(7), &l.Start), d.date(row.Text(8), &l.End), d.date(row.Text(10), &l.Anchor)); err != nil {
			return fmt.Errorf("line %d: %w", id, err)
		}
		if l.End.IsZero() || l.Unbilled.Before(l.End) || len(l.Again) > 0 {
			d.places[id] = len(d.lines)
			d.lines = append(d.lines, l)
		}
		return nil
	})
}

func (d *dueReader) readRates(ctx context.Context) error {
	if len(d.lines) == 0 {
		return nil
	}
	rates := make([]billing.Price, 0, len(d.lines))
	b := bound{tx: d.tx}
	query := `SELECT line_id, effective_date, COALESCE(applies_from, effective_date), monthly_amount FROM line_rates WHERE tenant = ` + b.value(string(d.tenant)) +
		d.isOwned(&b, "line_id") + ` ORDER BY line_id, number`
	return d.each(ctx, query, &b, func(row *database.Values) error {
		place, due := d.places[row.Number(0)]
		if !due {
			return nil
		}
		line := &d.lines[place]
		rate, err := d.rate(row.Text(1), row.Text(2), row.Text(3), line.Currency)
		switch {
		case err != nil:
			line.Err = err // it holds back its own bill-to, not the batch
		case line.Rates == nil && len(rates) < cap(rates):
			// Most lines have one rate. Their slices share an array.
			rates = append(rates, rate)
			line.Rates = rates[len(rates)-1 : len(rates) : len(rates)]
		default:
			line.Rates = billing.Then(line.Rates, rate)
		}
		return nil
	})
}

func (d *dueReader) rate(effective, from, monthly, currency string) (rate billing.Price, err error) {
	if err = errors.Join(d.date(effective, &rate.Effective), d.date(from, &rate.From)); err != nil {
		return rate, err
	}
	rate.Monthly, err = minorUnits(monthly, currency)
	return rate, err
}

func (d *dueReader) date(text string, to *date.Date) (err error) {
	if text == "" {
		return nil
	}
	known, ok := d.dates[text]
	if !ok {
		if known, err = date.Parse(text); err != nil {
			return err
		}
		d.dates[text] = known
	}
	*to = known
	return nil
}

// minorUnits converts an amount to minor units. It must have as many decimal places as the minor
// unit of its currency.
func minorUnits(text, currency string) (int64, error) {
	digits, known := money.Currency(currency).MinorDigits()
	if !known {
		return 0, fmt.Errorf("%q is not a currency", currency)
	}
	unsigned := strings.TrimPrefix(text, "-")
	minor, places := int64(0), -1
	for i, digit := range []byte(unsigned) {
		switch {
		case digit == '.' && places < 0:
			places = len(unsigned) - i - 1
		case digit >= '0' && digit <= '9' && minor < 1e17:
			minor = 10*minor + int64(digit-'0')
		default:
			return 0, fmt.Errorf("%q is not an amount of %s", text, currency)
		}
	}
	if max(places, 0) != digits {
		return 0, fmt.Errorf("%q is not an amount of %s with its %d decimal places", text, currency, digits)
	}
	if len(unsigned) < len(text) {
		minor = -minor
	}
	return minor, nil
}

// Descriptions reads the descriptions of items.
func (r *reader) Descriptions(ctx context.Context, codes []string) (map[string]string, error) {
	descriptions := map[string]string{}
	_, err := among(r, "items", "code", codes,
		func(q *rows.Queries) ([]rows.ListDescriptionsRow, error) {
			return q.ListDescriptions(ctx, string(r.tenant))
		},
		func(row rows.ListDescriptionsRow) (_ struct{}, err error) {
			descriptions[row.Code] = row.Description
			return struct{}{}, nil
		})
	return descriptions, err
}
