package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

func lineID(number int64) line.ID { return line.ID(number) }

// increaseLineRow converts what was done to a line to a row of its table.
func increaseLineRow(tenant auth.Tenant, l *increase.Line) (rows.RateIncreaseLine, error) {
	row := rows.RateIncreaseLine{
		Tenant:     string(tenant),
		IncreaseID: int64(l.Increase),
		LineID:     int64(l.Line),
		Outcome:    string(l.Outcome),
		Currency:   string(l.Old.Currency),
		OldAmount:  l.Old.Value.String(),
		ReasonCode: string(l.Rate.Reason),
		Message:    l.Message,
	}
	if l.Outcome == increase.Skipped {
		return row, nil
	}
	row.NewAmount = nullable(l.Rate.MonthlyAmount.Value.String())
	row.EffectiveDate, row.AppliesFrom = nullable(l.Rate.Effective.String()), nullable(l.Rate.AppliesFrom.String())
	var err error
	if len(l.Replaced) > 0 {
		row.Replaced, err = documentOf(l.Replaced)
	}
	return row, err
}

// increaseLineOf converts a row to what was done to a line.
func increaseLineOf(row rows.RateIncreaseLine) (l increase.Line, err error) {
	var day dates
	l = increase.Line{
		Increase: increase.ID(row.IncreaseID),
		Line:     line.ID(row.LineID),
		Outcome:  increase.Outcome(row.Outcome),
		Message:  row.Message,
	}
	if l.Old, err = amountOf(row.OldAmount, row.Currency); err != nil || l.Outcome == increase.Skipped {
		return l, err
	}
	l.Rate = line.Rate{Effective: day.of(row.EffectiveDate.String), AppliesFrom: day.of(row.AppliesFrom.String), Reason: line.ReasonCode(row.ReasonCode)}
	if day.err != nil {
		return l, day.err
	}
	if l.Rate.MonthlyAmount, err = amountOf(row.NewAmount.String, row.Currency); err != nil {
		return l, err
	}
	return l, readDocument(row.Replaced, &l.Replaced)
}

// IncreaseLines lists what rate increases did to lines.
func (r *reader) IncreaseLines(ctx context.Context, query listing.Query) ([]increase.Line, error) {
	found, err := r.list(query, increaseLineFields).ListRateIncreaseLines(ctx, string(r.tenant))
	return many("lines of rate increases", found, err, increaseLineOf)
}

// NoteLine inserts what was done to a line.
func (w *writer) NoteLine(ctx context.Context, l increase.Line) error {
	row, err := increaseLineRow(w.tenant, &l)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateRateIncreaseLine(ctx, rows.CreateRateIncreaseLineParams(row))
	if err := store.ChangedRows(created, err, mutation.ErrTaken); err != nil {
		return fmt.Errorf("noting what rate increase %d did to line %d: %w", l.Increase, l.Line, err)
	}
	return nil
}

// SettleLine updates the outcome for a line.
func (w *writer) SettleLine(ctx context.Context, l increase.Line) error {
	if err := w.rows.SettleRateIncreaseLine(ctx, rows.SettleRateIncreaseLineParams{
		Tenant: string(w.tenant), IncreaseID: int64(l.Increase), LineID: int64(l.Line), Outcome: string(l.Outcome), Message: l.Message,
	}); err != nil {
		return fmt.Errorf("noting how rate increase %d was undone for line %d: %w", l.Increase, l.Line, err)
	}
	return nil
}
