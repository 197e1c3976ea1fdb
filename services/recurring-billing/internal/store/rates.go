package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// ratesOfLine is a line's rates in one column, so that lines are read with their rates by one query, whichever it is: a
// rate a row of text, `2026-01-01 29.95 reason`. A reason has no control characters.
const ratesOfLine = `(SELECT string_agg(r.effective_date || ' ' || r.monthly_amount || ' ' || r.reason_code, '
' ORDER BY r.effective_date) FROM line_rates r WHERE r.tenant = recurring_lines.tenant AND r.line_id = recurring_lines.id)`

// rates reads a line's rates from what ratesOfLine selects; their currency stands elsewhere.
type rates struct{ list *[]line.Rate }

// Scan sets the rates.
func (r rates) Scan(value any) error {
	var text sql.NullString
	if err := text.Scan(value); err != nil {
		return fmt.Errorf("reading rates: %w", err)
	}
	*r.list = nil
	if !text.Valid {
		return nil
	}
	list := make([]line.Rate, 0, 1+strings.Count(text.String, "\n"))
	for row := range strings.SplitSeq(text.String, "\n") {
		rate, err := parseRate(row)
		if err != nil {
			return fmt.Errorf("reading rate %q: %w", row, err)
		}
		list = append(list, rate)
	}
	*r.list = list
	return nil
}

func parseRate(row string) (rate line.Rate, err error) {
	effective, rest, _ := strings.Cut(row, " ")
	amount, reason, _ := strings.Cut(rest, " ")
	if rate.Effective, err = date.Parse(effective); err != nil {
		return rate, err
	}
	rate.Reason = line.ReasonCode(reason)
	rate.MonthlyAmount.Value, err = decimal.Parse(amount)
	return rate, err
}

var rateColumns = []string{"tenant", "line_id", "effective_date", "monthly_amount", "reason_code"}

// rateRows are the rows of a line's rates, for InsertAll.
func (w *writer) rateRows(l *line.Line) [][]any {
	rows := make([][]any, len(l.Rates))
	for i, rate := range l.Rates {
		rows[i] = []any{string(w.tenant), int64(l.ID), rate.Effective.String(), rate.MonthlyAmount.Value.String(), string(rate.Reason)}
	}
	return rows
}

// PutRate inserts or replaces a rate.
func (w *writer) PutRate(ctx context.Context, l line.ID, rate line.Rate) error {
	_, err := w.tx.ExecContext(ctx,
		`INSERT INTO line_rates (tenant, line_id, effective_date, monthly_amount, reason_code) VALUES ($1, $2, $3, $4, $5)
		 ON CONFLICT (tenant, line_id, effective_date) DO UPDATE SET monthly_amount = excluded.monthly_amount, reason_code = excluded.reason_code`,
		string(w.tenant), int64(l), rate.Effective, rate.MonthlyAmount.Value.String(), string(rate.Reason))
	if err != nil {
		return fmt.Errorf("writing a rate of recurring line %d: %w", l, err)
	}
	return nil
}

// DeleteRate deletes a rate.
func (w *writer) DeleteRate(ctx context.Context, l line.ID, effective date.Date) error {
	_, err := w.tx.ExecContext(ctx, `DELETE FROM line_rates WHERE tenant = $1 AND line_id = $2 AND effective_date = $3`,
		string(w.tenant), int64(l), effective)
	if err != nil {
		return fmt.Errorf("deleting a rate of recurring line %d: %w", l, err)
	}
	return nil
}
