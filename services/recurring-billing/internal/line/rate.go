package line

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// MaxRates is the maximum number of rates of a line.
const MaxRates = 1000

// ReasonCode is the caller's code for why a rate changed or a line was cancelled. (Sedona:
// RMRReasonCode.)
type ReasonCode string

// Rate is the monthly amount of a line from a date until its next rate begins.
type Rate struct {
	// Effective is the first day at the rate, as it was asked for.
	Effective date.Date `json:"effective_date"`
	// AppliesFrom is the first day that the rate counts for, if that is after Effective because
	// the days before it were billed already; it is zero otherwise. See From.
	AppliesFrom date.Date `json:"applies_from,omitzero"`
	// MonthlyAmount is negative for a discount.
	MonthlyAmount money.Amount `json:"monthly_amount"`
	// Reason is why the rate changed; it is empty for a line's first rate.
	Reason ReasonCode `json:"reason_code"`
	Note
}

// From returns the first day that the rate counts for.
func (r Rate) From() date.Date {
	if r.AppliesFrom.IsZero() {
		return r.Effective
	}
	return r.AppliesFrom
}

// fromUnbilled returns a rate as one that counts from the first day on or after its date that is not
// billed, or is to be billed again.
func (l *Line) fromUnbilled(r Rate) Rate { return l.fromUnbilledAfter(r, date.Date{}) }

// fromUnbilledAfter is fromUnbilled for a rate that does not count before another day either.
func (l *Line) fromUnbilledAfter(r Rate, day date.Date) Rate {
	from := r.Effective
	if from.Before(day) {
		from = day
	}
	for _, billed := range l.billedDays(billing.Span{Start: from, End: l.NextCycle}) {
		if from == billed.Start {
			from = billed.End
		}
	}
	if r.AppliesFrom = (date.Date{}); from != r.Effective {
		r.AppliesFrom = from
	}
	return r
}

// RateOn returns the rate on a day: the last of those that count for it, in the order of their
// dates. For a day before all rates it returns the first. It is zero for a line without rates.
func (l Line) RateOn(day date.Date) (rate Rate) {
	for i, r := range l.Rates {
		if i == 0 || !day.Before(r.From()) {
			rate = r
		}
	}
	return rate
}

// ReturnRates makes rates that were asked for from billed days on count for those that are billed
// no more. It reports whether any does.
func (l *Line) ReturnRates(ctx context.Context, r Charger) (returned bool, err error) {
	rates := slices.Clone(l.Rates)
	for i, rate := range rates {
		if !l.fromUnbilled(rate).From().Before(rate.From()) {
			continue
		}
		after, err := l.unpricedUntil(ctx, r, rate.Effective)
		if err != nil {
			return false, err
		}
		if unbilled := l.fromUnbilledAfter(rate, after); unbilled.From().Before(rate.From()) {
			rates[i], returned = unbilled, true
		}
	}
	if returned {
		l.Rates = withoutReplaced(rates)
	}
	return returned, nil
}

// keepReturned is ReturnRates, and stores the rates if any does.
func (l *Line) keepReturned(ctx context.Context, w Writer) error {
	returned, err := l.ReturnRates(ctx, w)
	if err != nil || !returned {
		return err
	}
	return w.ReplaceRates(ctx, l.ID, l.Rates)
}

// unpricedUntil returns the day after the last billed day, from a day on, whose price only the line's
// own rates tell, because it was billed elsewhere or its invoice does not tell it: a new rate must not
// count for it. It is zero if there is none, and also if no day before the billed ones is free: then a
// rate counts only behind them anyway.
func (l *Line) unpricedUntil(ctx context.Context, r Charger, from date.Date) (date.Date, error) {
	billed := l.billedDays(billing.Span{Start: from, End: l.NextCycle})
	if len(billed) == 0 || len(billed) == 1 && billed[0].Start == from {
		return date.Date{}, nil
	}
	unpriced, err := l.unpriced(ctx, r, billed, func(*billing.Paid) bool { return true })
	if err != nil || len(unpriced) == 0 {
		return date.Date{}, err
	}
	return unpriced[len(unpriced)-1].End, nil
}

// unpriced returns billed days, which are in order, without those of charges of which it is known how
// they were computed, and which a condition chooses.
func (l *Line) unpriced(ctx context.Context, r Charger, billed []billing.Span, chosen func(*billing.Paid) bool) ([]billing.Span, error) {
	if len(billed) == 0 {
		return nil, nil
	}
	charged, err := r.Charged(ctx, l.ID, billing.Span{Start: billed[0].Start, End: billed[len(billed)-1].End}, l.MonthlyAmount().Currency)
	if err != nil {
		return nil, fmt.Errorf("rates of line %d: %w", l.ID, err)
	}
	var priced []billing.Span
	for i := range charged.Charges {
		if paid := &charged.Charges[i]; paid.Known() && chosen(paid) {
			priced = append(priced, paid.Days())
		}
	}
	return minus(billed, priced), nil
}

// withoutReplaced returns rates, in the order of their dates, without those that another of the same
// date replaces for all of their days.
func withoutReplaced(rates []Rate) []Rate {
	kept := rates[:0]
	for i, r := range rates {
		if i+1 == len(rates) || rates[i+1].Effective != r.Effective || r.From().Before(rates[i+1].From()) {
			kept = append(kept, r)
		}
	}
	return kept
}

// prices returns the prices of the line, in the order of days.
func (l Line) prices() (prices []billing.Price) {
	for _, r := range l.Rates {
		prices = billing.Then(prices, billing.Price{From: r.From(), Monthly: r.MonthlyAmount.Minor(), Effective: r.Effective})
	}
	return prices
}

// MonthlyAmount returns the monthly amount on the first day that is not billed yet.
func (l Line) MonthlyAmount() money.Amount { return l.RateOn(l.NextCycle).MonthlyAmount }

// CycleAmountOn returns the cost of one whole cycle at the rate on a day: its monthly amount times
// the months of the cycle.
func (l Line) CycleAmountOn(day date.Date) (money.Amount, error) {
	amount, err := l.RateOn(day).MonthlyAmount.Times(l.BillCycle.Months())
	if err != nil {
		return money.Amount{}, fmt.Errorf("cycle amount of line %d: %w", l.ID, err)
	}
	return amount, nil
}
