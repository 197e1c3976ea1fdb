package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// ratesOf parses the rates of a line from the text that its query makes of them, one rate per row. A note, a JSON object,
// follows its rate in a row of its own.
func ratesOf(text string, currency money.Currency) ([]line.Rate, error) {
	if text == "" {
		return nil, nil
	}
	list := make([]line.Rate, 0, 1+strings.Count(text, "\n"))
	for row := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(row, "{") && len(list) > 0 {
			var err error
			if list[len(list)-1].Note, err = noteOf(row); err != nil {
				return nil, err
			}
			continue
		}
		rate, err := parseRate(row)
		if err != nil {
			return nil, fmt.Errorf("reading rate %q: %w", row, err)
		}
		rate.MonthlyAmount.Currency = currency
		list = append(list, rate)
	}
	return list, nil
}

func parseRate(row string) (rate line.Rate, err error) {
	effective, rest, _ := strings.Cut(row, " ")
	from, rest, _ := strings.Cut(rest, " ")
	amount, reason, _ := strings.Cut(rest, " ")
	if rate.Effective, err = date.Parse(effective); err != nil {
		return rate, err
	}
	if from != effective {
		if rate.AppliesFrom, err = date.Parse(from); err != nil {
			return rate, err
		}
	}
	rate.Reason = line.ReasonCode(reason)
	rate.MonthlyAmount.Value, err = decimal.Parse(amount)
	return rate, err
}

// rateRow converts a rate to a row of its table. number counts the rates of a line from 0.
func rateRow(tenant auth.Tenant, l line.ID, number int, rate line.Rate) rows.LineRate {
	return rows.LineRate{
		Tenant:        string(tenant),
		LineID:        int64(l),
		Number:        int64(number),
		EffectiveDate: rate.Effective.String(),
		AppliesFrom:   nullable(rate.AppliesFrom.String()),
		MonthlyAmount: rate.MonthlyAmount.Value.String(),
		ReasonCode:    string(rate.Reason),
		Note:          nullable(noteText(rate.Note)),
	}
}

// createRates inserts the rates of a line that has none.
func (w *writer) createRates(ctx context.Context, l line.ID, rates []line.Rate) error {
	for i, rate := range rates {
		if err := w.rows.CreateRate(ctx, rows.CreateRateParams(rateRow(w.tenant, l, i, rate))); err != nil {
			return fmt.Errorf("writing a rate of recurring line %d: %w", l, err)
		}
	}
	return nil
}

// ReplaceRates deletes the rates of a line and inserts others.
func (w *writer) ReplaceRates(ctx context.Context, l line.ID, rates []line.Rate) error {
	if err := w.rows.DeleteRates(ctx, rows.DeleteRatesParams{Tenant: string(w.tenant), LineID: int64(l)}); err != nil {
		return fmt.Errorf("deleting the rates of recurring line %d: %w", l, err)
	}
	return w.createRates(ctx, l, rates)
}

// returnRates makes rates of lines that were moved back count for the days that are billed no more.
// Few lines have such rates, so they are changed one by one.
func (w *writer) returnRates(ctx context.Context, lines []line.ID) error {
	b := bound{tx: w.tx}
	where := keyed(&b, string(w.tenant), "line_id", "BIGINT", lines)
	if b.err != nil || len(lines) == 0 {
		return b.err
	}
	found, err := database.Select(ctx, w.tx, "rate", func(row database.Row) (id line.ID, err error) { return id, row.Scan(&id) },
		`SELECT DISTINCT line_id FROM line_rates WHERE `+where+` AND applies_from IS NOT NULL ORDER BY line_id`, b.values...)
	if err != nil {
		return err
	}
	for _, id := range found {
		l, err := w.Line(ctx, id)
		if err != nil {
			return err
		}
		returned, err := l.ReturnRates(ctx, w)
		if err != nil {
			return err
		}
		if !returned {
			continue
		}
		if err := errors.Join(w.ReplaceRates(ctx, id, l.Rates), w.UpdateLine(ctx, &l)); err != nil {
			return err
		}
	}
	return nil
}
