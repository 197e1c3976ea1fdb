package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// bound collects the parameters of a statement.
type bound struct {
	tx     *database.Tx
	values []any
	err    error
}

// value is the place of a parameter.
func (b *bound) value(value any) string {
	b.values = append(b.values, value)
	return fmt.Sprintf("$%d", len(b.values))
}

// oneOf is the condition that a column is one of some values, or nothing for none.
func oneOf[T ~int32 | ~string](b *bound, column string, values []T) string {
	if len(values) == 0 {
		return ""
	}
	many, err := database.Many(b.tx, values)
	if err != nil {
		b.err = err
	}
	return " AND " + column + b.tx.In(b.value(many))
}

// chosen is the conditions of a filter on lines l; payer is the column of who they are due from.
func (b *bound) chosen(filter domain.Filter, payer string) string {
	return oneOf(b, "l.bill_cycle", filter.Cycles) + oneOf(b, "l.item_code", filter.Items) +
		oneOf(b, "l.master_account_code", filter.Masters) + oneOf(b, payer, filter.BillTos)
}

// Lines that are receivable to no master account are due from their own bill-to, others from the master's.
const (
	ownLines    = ` FROM recurring_lines l`
	masterLines = ` FROM master_accounts m JOIN recurring_lines l ON l.tenant = m.tenant AND l.master_account_code = m.code`
)

// CountLines counts each bill-to's lines. A master account's are looked up in the index of masters, so they are few reads.
func (r *reader) CountLines(ctx context.Context, filter domain.Filter, each func(billTo domain.BillToID, lines int)) (err error) {
	b := bound{tx: r.tx}
	tenant := b.value(string(r.tenant))
	rows, err := r.tx.QueryContext(ctx, `SELECT bill_to, CAST(SUM(lines) AS BIGINT) FROM (
		SELECT l.bill_to_id AS bill_to, count(*) AS lines`+ownLines+` WHERE l.tenant = `+tenant+oneOf(&b, "l.bill_to_id", filter.BillTos)+` GROUP BY l.bill_to_id
		UNION ALL SELECT m.bill_to_id, count(*)`+masterLines+` WHERE m.tenant = `+tenant+` AND l.bill_to_id <> m.bill_to_id`+
		oneOf(&b, "m.bill_to_id", filter.BillTos)+` GROUP BY m.bill_to_id) AS payers GROUP BY bill_to ORDER BY bill_to`, b.values...)
	if err = errors.Join(err, b.err); err != nil {
		return fmt.Errorf("counting lines: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var billTo domain.BillToID
		var lines int
		if err := rows.Scan(&billTo, &lines); err != nil {
			return fmt.Errorf("counting lines: %w", err)
		}
		each(billTo, lines)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("counting lines: %w", err)
	}
	return nil
}

const dueColumns = `l.id, l.currency, l.item_code, COALESCE(l.master_item_code, ''), l.description, l.memo, l.start_date,
	COALESCE(l.end_date, ''), l.bill_day, l.bill_cycle, c.next_cycle_date, c.version, r.effective_date, r.monthly_amount`

const dueTables = ` JOIN line_cycles c ON c.tenant = l.tenant AND c.id = l.id JOIN line_rates r ON r.tenant = l.tenant AND r.line_id = l.id`

// DueLines reads the lines due from a range of bill-tos.
func (r *reader) DueLines(ctx context.Context, in domain.Range, asOf date.Date, filter domain.Filter) ([]billing.Line, error) {
	if err := r.readByIndex(ctx); err != nil {
		return nil, err
	}
	d := dueReader{dates: map[string]date.Date{}}
	for _, source := range []struct{ payer, from, which string }{
		{"l.bill_to_id", ownLines, " AND l.master_account_code IS NULL"}, {"m.bill_to_id", masterLines, ""},
	} {
		b := bound{tx: r.tx}
		query := `SELECT ` + source.payer + `, ` + dueColumns + source.from + dueTables +
			` WHERE l.tenant = ` + b.value(string(r.tenant)) + source.which +
			` AND ` + source.payer + ` > ` + b.value(int64(in.After)) + ` AND ` + source.payer + ` <= ` + b.value(int64(in.Upto)) +
			` AND c.next_cycle_date <= ` + b.value(asOf.String()) + ` AND (l.end_date IS NULL OR l.end_date > c.next_cycle_date)` +
			b.chosen(filter, source.payer) + ` ORDER BY ` + source.payer + `, l.id, r.effective_date`
		if b.err != nil {
			return nil, b.err
		}
		if err := d.read(ctx, r.tx, query, b.values); err != nil {
			return nil, fmt.Errorf("reading the lines due from bill-tos %d to %d: %w", in.After+1, in.Upto, err)
		}
	}
	return d.lines, nil
}

// readByIndex keeps PostgreSQL from reading whole tables for the few thousand rows of a batch, which it is inclined to
// while its statistics are those of an empty table.
func (r *reader) readByIndex(ctx context.Context) error {
	if r.tx.Engine != database.PostgreSQL {
		return nil
	}
	_, err := r.tx.ExecContext(ctx, `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`)
	if err != nil {
		return fmt.Errorf("preparing to read: %w", err)
	}
	return nil
}

// dueReader makes lines of rows, of which each line has one for each of its rates.
type dueReader struct {
	lines []billing.Line
	// dates are those read before: most lines of a batch share theirs.
	dates map[string]date.Date
}

func (d *dueReader) read(ctx context.Context, tx *database.Tx, query string, args []any) (err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var line billing.Line
		var billTo, id, billDay int64
		var start, end, cycle, next, effective, monthly string
		if err := rows.Scan(&billTo, &id, &line.Currency, &line.Item, &line.MasterItem, &line.Description, &line.Memo, &start,
			&end, &billDay, &cycle, &next, &line.Version, &effective, &monthly); err != nil {
			return err
		}
		last := len(d.lines) - 1
		if last < 0 || d.lines[last].ID != int32(id) {
			line.ID, line.BillTo, line.BillDay, line.Months = int32(id), int32(billTo), int(billDay), domain.BillCycle(cycle).Months()
			if err := errors.Join(d.date(start, &line.Start), d.date(end, &line.End), d.date(next, &line.Unbilled)); err != nil {
				return fmt.Errorf("line %d: %w", id, err)
			}
			d.lines = append(d.lines, line)
			last++
		}
		var rate billing.Rate
		if err := d.date(effective, &rate.From); err != nil {
			return fmt.Errorf("line %d: %w", id, err)
		}
		if rate.Monthly, err = minorUnits(monthly, line.Currency); err != nil {
			return fmt.Errorf("line %d: %w", id, err)
		}
		d.lines[last].Rates = append(d.lines[last].Rates, rate)
	}
	return rows.Err()
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

// minorUnits reads an amount that has as many decimal places as the minor unit of its currency.
func minorUnits(text, currency string) (int64, error) {
	digits, known := domain.Currency(currency).MinorDigits()
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
			return 0, fmt.Errorf("%q is no amount of %s", text, currency)
		}
	}
	if max(places, 0) != digits {
		return 0, fmt.Errorf("%q is no amount of %s with its %d decimal places", text, currency, digits)
	}
	if len(unsigned) < len(text) {
		minor = -minor
	}
	return minor, nil
}

// Credits reads the credits that no invoice carries.
func (r *reader) Credits(ctx context.Context, in domain.Range) ([]billing.Credit, error) {
	scan := func(row database.Row) (c billing.Credit, err error) {
		var amount string
		if err = row.Scan(&c.Line, &c.BillTo, &c.Currency, &amount, &c.Span.Start, &c.Span.End, &c.Item, &c.Description); err != nil {
			return c, err
		}
		c.Amount, err = minorUnits(amount, c.Currency)
		return c, err
	}
	var all []billing.Credit
	for _, source := range []struct{ payer, join string }{
		{"k.bill_to_id", ` AND l.master_account_code IS NULL`},
		{"m.bill_to_id", ` JOIN master_accounts m ON m.tenant = l.tenant AND m.code = l.master_account_code`},
	} {
		credits, err := database.Select(ctx, r.tx, "credit", scan,
			`SELECT k.line_id, `+source.payer+`, k.currency, k.amount, k.from_date, k.to_date, l.item_code, l.description
			 FROM line_credits k JOIN recurring_lines l ON l.tenant = k.tenant AND l.id = k.line_id`+source.join+`
			 WHERE k.tenant = $1 AND k.invoice_id IS NULL AND `+source.payer+` > $2 AND `+source.payer+` <= $3`,
			string(r.tenant), int64(in.After), int64(in.Upto))
		if err != nil {
			return nil, err
		}
		all = append(all, credits...)
	}
	return all, nil
}

// Customers reads whose bill-tos are.
func (r *reader) Customers(ctx context.Context, in domain.Range) (map[domain.BillToID]domain.CustomerID, error) {
	type owner struct {
		billTo   domain.BillToID
		customer domain.CustomerID
	}
	owners, err := database.Select(ctx, r.tx, "bill-to", func(row database.Row) (o owner, err error) {
		err = row.Scan(&o.billTo, &o.customer)
		return o, err
	}, `SELECT id, customer_id FROM bill_tos WHERE tenant = $1 AND id > $2 AND id <= $3`, string(r.tenant), int64(in.After), int64(in.Upto))
	customers := make(map[domain.BillToID]domain.CustomerID, len(owners))
	for _, o := range owners {
		customers[o.billTo] = o.customer
	}
	return customers, err
}

// Descriptions reads what items are called.
func (r *reader) Descriptions(ctx context.Context, codes []string) (map[string]string, error) {
	descriptions := map[string]string{}
	if len(codes) == 0 {
		return descriptions, nil
	}
	b := bound{tx: r.tx}
	query := `SELECT code, description FROM items WHERE tenant = ` + b.value(string(r.tenant)) + oneOf(&b, "code", codes)
	if b.err != nil {
		return nil, b.err
	}
	type named struct{ code, description string }
	all, err := database.Select(ctx, r.tx, "item", func(row database.Row) (n named, err error) {
		err = row.Scan(&n.code, &n.description)
		return n, err
	}, query, b.values...)
	for _, n := range all {
		descriptions[n.code] = n.description
	}
	return descriptions, err
}
