package line

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// RateChange is a request to change the rate of a line from a date on.
type RateChange struct {
	Rate
	// ID must be the number of the line, or 0.
	ID ID
	// Etag, if not empty, must match the line's.
	Etag string
	// BillCycle, if not empty, becomes the line's bill cycle from the next cycle date on, whatever
	// the rate's date.
	BillCycle BillCycle
}

// ChangeRate changes the monthly amount of a line from a date on. Billed days stay billed at their
// rate, so a date before the next cycle date means the next cycle date. A rate that was never
// billed is replaced. An amount without a currency uses the line's.
func (s *Service) ChangeRate(ctx context.Context, id ID, change RateChange) (Line, error) {
	return s.changeLine(ctx, id, change.Etag, func(ctx context.Context, w Writer, line *Line) error {
		rate, err := line.changeRate(change)
		if err != nil {
			return err
		}
		return w.PutRate(ctx, line.ID, rate)
	})
}

func (l *Line) changeRate(change RateChange) (Rate, error) {
	rate, currency := change.Rate, l.MonthlyAmount().Currency
	var v fault.Violations
	checkID(&v, change.ID, l.ID)
	checkReason(&v, FieldReason, rate.Reason)
	if rate.MonthlyAmount.Currency == "" {
		rate.MonthlyAmount.Currency = currency
	}
	if rate.MonthlyAmount.Currency != currency {
		v.Add(FieldMonthlyAmount, reason.AnotherCurrency, "must be in %s, the line's currency", currency)
	}
	money.CheckAmount(&v, FieldMonthlyAmount, &rate.MonthlyAmount)
	checkEffective(&v, rate.Effective, l.Start)
	if change.BillCycle != "" {
		l.BillCycle = change.BillCycle
		checkCycle(&v, l.BillCycle)
	}
	if err := v.Err(); err != nil {
		return Rate{}, err
	}
	if rate.Effective.Before(l.NextCycle) {
		rate.Effective = l.NextCycle
	}
	if !l.End.IsZero() && !rate.Effective.Before(l.End) {
		return Rate{}, fault.New(fault.FailedPrecondition, reason.LineEnded, "line %d ends on %s and is not billed from %s on", l.ID, l.End, rate.Effective)
	}
	rates := append(withoutRate(l.Rates, rate.Effective), rate)
	slices.SortFunc(rates, func(a, b Rate) int { return a.Effective.Compare(b.Effective) })
	if len(rates) > maxRates {
		return Rate{}, fault.New(fault.FailedPrecondition, reason.TooMany, "line %d has %d rates and can have no more", l.ID, maxRates)
	}
	l.Rates = rates
	return rate, nil
}

// withoutRate returns a copy of rates without the rate of a date.
func withoutRate(rates []Rate, effective date.Date) []Rate {
	return slices.DeleteFunc(slices.Clone(rates), func(r Rate) bool { return r.Effective == effective })
}

// WithdrawRate withdraws the rate that begins on a date. The rate before it stays in effect.
func (s *Service) WithdrawRate(ctx context.Context, id ID, effective date.Date, etag string) (Line, error) {
	return s.changeLine(ctx, id, etag, func(ctx context.Context, w Writer, line *Line) error {
		if err := line.withdrawRate(effective); err != nil {
			return err
		}
		return w.DeleteRate(ctx, line.ID, effective)
	})
}

func (l *Line) withdrawRate(effective date.Date) error {
	i := slices.IndexFunc(l.Rates, func(r Rate) bool { return r.Effective == effective })
	switch {
	case i < 0:
		return fault.InvalidField(FieldEffective, reason.NotFound, "must be the first day of one of the line's rates")
	case i == 0:
		return fault.New(fault.FailedPrecondition, reason.FirstRate, "the first rate of line %d cannot be withdrawn: change it instead", l.ID)
	case effective.Before(l.NextCycle):
		return fault.New(fault.FailedPrecondition, reason.RateBilled, "line %d is already billed at the rate of %s: change the rate from a later date", l.ID, effective)
	}
	l.Rates = withoutRate(l.Rates, effective)
	return nil
}
