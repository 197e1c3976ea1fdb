package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

const selectLines = `SELECT id, customer_id, site_id, system_id, bill_to_id, item_code, COALESCE(master_item_code, ''),
	COALESCE(master_account_code, ''), bill_cycle, description, memo, ` + ratesOfLine + `, currency, start_date, bill_day,
	anchor_date, end_date, next_cycle_date, last_cycle_date, COALESCE(cancel_reason, ''), former_end_date, cancel_credit,
	CASE WHEN cancel_credit IS NULL THEN FALSE ELSE EXISTS (SELECT 1 FROM line_credits k
		WHERE k.tenant = recurring_lines.tenant AND k.line_id = recurring_lines.id AND k.invoice_id IS NULL) END,
	version, created, updated FROM recurring_lines JOIN line_cycles USING (tenant, id) `

func scanLine(r database.Row) (l line.Line, err error) {
	var currency money.Currency
	var credit decimal.NullDecimal
	err = r.Scan(&l.ID, &l.Customer, &l.Site, &l.System, &l.BillTo, &l.Item, &l.MasterItem, &l.MasterAccount,
		&l.BillCycle, &l.Description, &l.Memo, rates{&l.Rates}, &currency, &l.Start, &l.BillDay, &l.Anchor, &l.End, &l.NextCycle,
		&l.LastCycle, &l.Cancellation.Reason, &l.Cancellation.FormerEnd, &credit, &l.Cancellation.Pending, &l.Version, instant{&l.Created},
		instant{&l.Updated})
	for i := range l.Rates {
		l.Rates[i].MonthlyAmount.Currency = currency
	}
	if credit.Valid {
		l.Cancellation.Credit = money.Amount{Value: credit.Decimal, Currency: currency}
	}
	return l, err
}

// Line is the recurring line of a number.
func (r *reader) Line(ctx context.Context, id line.ID) (line.Line, error) {
	return one(ctx, r.tx, "recurring line", scanLine,
		selectLines+`WHERE tenant = $1 AND id = $2`, string(r.tenant), int64(id))
}

// Lines lists recurring lines. Customer, bill-to and master account have an index each that is in the order of the numbers;
// what else is asked for is looked at line by line.
func (r *reader) Lines(ctx context.Context, query listing.Query) ([]line.Line, error) {
	return database.Select(ctx, r.tx.List(query, lineFields), "recurring line", scanLine, selectLines+`WHERE tenant = $1`, string(r.tenant))
}

// Columns of a new line; lineValues and lineCycleValues give them.
var (
	lineColumns = []string{
		"tenant", "id", "customer_id", "site_id", "system_id", "bill_to_id", "item_code", "master_item_code",
		"master_account_code", "bill_cycle", "description", "memo", "currency", "start_date", "bill_day", "anchor_date", "end_date",
		"cancel_reason", "former_end_date", "cancel_credit", "created",
	}
	lineCycleColumns = []string{"tenant", "id", "next_cycle_date", "last_cycle_date", "version", "updated"}
)

func (w *writer) lineValues(l *line.Line) []any {
	return []any{
		string(w.tenant), int64(l.ID), int64(l.Customer), int64(l.Site), int64(l.System), int64(l.BillTo), string(l.Item),
		orNull(string(l.MasterItem)), orNull(string(l.MasterAccount)), string(l.BillCycle), l.Description, l.Memo,
		string(l.MonthlyAmount().Currency), l.Start.String(), int64(l.BillDay), orNull(l.Anchor.String()), orNull(l.End.String()),
		orNull(string(l.Cancellation.Reason)), orNull(l.Cancellation.FormerEnd.String()),
		creditOrNull(l.Cancellation.Credit), l.Created.UnixMicro(),
	}
}

func (w *writer) lineCycleValues(l *line.Line) []any {
	return []any{
		string(w.tenant), int64(l.ID), l.NextCycle.String(), orNull(l.LastCycle.String()), l.Version, l.Updated.UnixMicro(),
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func creditOrNull(credit money.Amount) any {
	if credit.IsZero() {
		return nil
	}
	return credit.Value.String()
}

func insertInto(table string, columns []string) string {
	placeholders := make([]string, len(columns))
	for i := range placeholders {
		placeholders[i] = fmt.Sprintf("$%d", i+1)
	}
	return `INSERT INTO ` + table + ` (` + strings.Join(columns, ", ") + `) VALUES (` + strings.Join(placeholders, ", ") + `)`
}

var insertLine, insertLineCycle = insertInto("recurring_lines", lineColumns), insertInto("line_cycles", lineCycleColumns)

// CreateLine inserts a recurring line and its rates.
func (w *writer) CreateLine(ctx context.Context, l *line.Line) error {
	if err := number(ctx, w, lineKind, &l.ID); err != nil {
		return err
	}
	l.Revision = w.created()
	if err := w.insert(ctx, lineKind, l.ID, l, insertLine, w.lineValues(l)...); err != nil {
		return err
	}
	if _, err := w.tx.ExecContext(ctx, insertLineCycle, w.lineCycleValues(l)...); err != nil {
		return fmt.Errorf("creating recurring line %d: %w", l.ID, err)
	}
	for _, rate := range l.Rates {
		if err := w.PutRate(ctx, l.ID, rate); err != nil {
			return err
		}
	}
	return nil
}

// UpdateLine replaces what can change of a recurring line in the course of its life, but for its rates. The row that holds
// the version comes first, so that a stale update changes nothing.
func (w *writer) UpdateLine(ctx context.Context, l *line.Line) error {
	result, err := w.tx.ExecContext(ctx,
		`UPDATE line_cycles SET next_cycle_date = $1, last_cycle_date = $2, version = $3, updated = $4
		 WHERE tenant = $5 AND id = $6 AND version = $7`,
		l.NextCycle, l.LastCycle, l.Version+1, w.at.UnixMicro(), string(w.tenant), int64(l.ID), l.Version)
	if err := w.replaced(lineKind, l.ID, l.Version, result, err); err != nil {
		return err
	}
	if _, err := w.tx.ExecContext(ctx,
		`UPDATE recurring_lines SET bill_to_id = $1, item_code = $2, master_item_code = NULLIF($3, ''),
			master_account_code = NULLIF($4, ''), bill_cycle = $5, description = $6, memo = $7, end_date = $8,
			cancel_reason = NULLIF($9, ''), former_end_date = $10, cancel_credit = $11
		 WHERE tenant = $12 AND id = $13`,
		int64(l.BillTo), string(l.Item), string(l.MasterItem), string(l.MasterAccount), string(l.BillCycle), l.Description,
		l.Memo, l.End, string(l.Cancellation.Reason), l.Cancellation.FormerEnd, creditOrNull(l.Cancellation.Credit),
		string(w.tenant), int64(l.ID)); err != nil {
		return fmt.Errorf("updating recurring line %d: %w", l.ID, err)
	}
	l.Version, l.Updated = l.Version+1, w.at
	return w.Record(ctx, feed.Updated, l)
}

// masterPage is how many lines of a master account are moved at once.
const masterPage = 1000

// MoveLines moves the lines of a master account to another bill-to.
func (w *writer) MoveLines(ctx context.Context, master catalogue.MasterAccountCode, to catalogue.BillToID) error {
	query := listing.Numbered("name", line.ID(0), masterPage)
	query.Where = listing.Is("master_account", master)
	for more := true; more; {
		lines, err := w.Lines(ctx, query)
		if err != nil {
			return err
		}
		for _, l := range lines {
			query.After = listing.Cursor{int64(l.ID)}
			if l.BillTo == to {
				continue
			}
			l.BillTo = to
			if err := w.UpdateLine(ctx, &l); err != nil {
				return err
			}
		}
		more = len(lines) == masterPage
	}
	return nil
}

// Charged reads what invoices charge a line.
func (r *reader) Charged(ctx context.Context, l line.ID, days billing.Span, currency money.Currency) (line.Charged, error) {
	return invoice.ChargedTo(ctx, r, l, days, currency)
}

// CreditCarrier reads which invoice carries the credit of a line.
func (r *reader) CreditCarrier(ctx context.Context, l line.ID) (carrier line.Bill, given bool, err error) {
	return invoice.CreditCarrierOf(ctx, r, l)
}
