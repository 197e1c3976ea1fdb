package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// ratesOf parses the rates of a line from the text that its query makes of them, one rate per row.
func ratesOf(text string, currency money.Currency) ([]line.Rate, error) {
	if text == "" {
		return nil, nil
	}
	list := make([]line.Rate, 0, 1+strings.Count(text, "\n"))
	for row := range strings.SplitSeq(text, "\n") {
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
	amount, reason, _ := strings.Cut(rest, " ")
	if rate.Effective, err = date.Parse(effective); err != nil {
		return rate, err
	}
	rate.Reason = line.ReasonCode(reason)
	rate.MonthlyAmount.Value, err = decimal.Parse(amount)
	return rate, err
}

// rateRow converts a rate to a row of its table.
func rateRow(tenant auth.Tenant, l line.ID, rate line.Rate) rows.LineRate {
	return rows.LineRate{
		Tenant:        string(tenant),
		LineID:        int64(l),
		EffectiveDate: rate.Effective.String(),
		MonthlyAmount: rate.MonthlyAmount.Value.String(),
		ReasonCode:    string(rate.Reason),
	}
}

// PutRate inserts or replaces a rate.
func (w *writer) PutRate(ctx context.Context, l line.ID, rate line.Rate) error {
	if err := w.rows.PutRate(ctx, rows.PutRateParams(rateRow(w.tenant, l, rate))); err != nil {
		return fmt.Errorf("writing a rate of recurring line %d: %w", l, err)
	}
	return nil
}

// DeleteRate deletes a rate.
func (w *writer) DeleteRate(ctx context.Context, l line.ID, effective date.Date) error {
	err := w.rows.DeleteRate(ctx, rows.DeleteRateParams{Tenant: string(w.tenant), LineID: int64(l), EffectiveDate: effective.String()})
	if err != nil {
		return fmt.Errorf("deleting a rate of recurring line %d: %w", l, err)
	}
	return nil
}
