package line

import (
	"cmp"
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Adjustment is what a change of a rate does to billed days.
type Adjustment struct {
	// Credit is credited for billed days at what they were charged. Charge is what these days, and those up to the end of the
	// adjustment that are not billed yet or wait to be billed again, cost at the new rate.
	Credit money.Amount `json:"credit"`
	Charge money.Amount `json:"charge"`
	// Monthly is what a month costs at the new rate, and BillCycle the line's then.
	Monthly   money.Amount `json:"monthly"`
	BillCycle BillCycle    `json:"bill_cycle"`
	// Until is the first day that is left as it is: the one that was asked for, or the next cycle date. It is zero if no day from
	// the rate's date on is billed.
	Until date.Date `json:"until,omitzero"`
}

// Adjust changes the rate of a line for billed days too, and returns what is credited and billed. changeOf returns the change
// for the line as it is then. Where the context says so, it is only computed.
func (s *Service) Adjust(ctx context.Context, id ID, changeOf func(Line) (RateChange, error)) (Adjustment, error) {
	made, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Adjustment, error) {
		line, err := w.Line(ctx, id)
		if err != nil {
			return Adjustment{}, err
		}
		before := line
		change, err := changeOf(line)
		if err != nil {
			return Adjustment{}, err
		}
		change.AdjustBilled = true
		if err := line.applyRate(ctx, w, change); err != nil {
			return Adjustment{}, err
		}
		made, err := line.adjustment(ctx, w, &before, change)
		if err != nil {
			return Adjustment{}, err
		}
		err = w.UpdateLine(ctx, &line)
		return made, err
	}, mutation.On("recurring line", id))
	return made, mutation.Explain(err, "recurring line", id)
}

// longestAdjustment is the most days after the last billed one that an adjustment can have: ten years.
const longestAdjustment = 3653

// ahead returns the days up to the end of an adjustment that are not billed yet, in order.
func (l *Line) ahead(change RateChange) ([]billing.Span, error) {
	days := billing.Span{Start: l.NextCycle, End: change.AdjustUntil}
	if days.Start.Before(change.Effective) {
		days.Start = change.Effective
	}
	if l.NextCycle.AddDays(longestAdjustment).Before(days.End) {
		return nil, fault.InvalidField(FieldAdjustUntil, reason.OutOfRange, "must be at most %d days after the next cycle date", longestAdjustment)
	}
	if !l.End.IsZero() && l.End.Before(days.End) {
		days.End = l.End
	}
	if !days.Start.Before(days.End) {
		return nil, nil
	}
	return days.Minus(PausedDays(l.Pauses)), nil
}

// adjustedDays returns the days of an adjustment before the next cycle date.
func (l *Line) adjustedDays(change RateChange) billing.Span {
	days := billing.Span{Start: change.Effective, End: l.NextCycle}
	for _, end := range []date.Date{change.AdjustUntil, l.End} {
		if !end.IsZero() && end.Before(days.End) {
			days.End = end
		}
	}
	return days
}

// adjustment returns what a change credited and left to be billed since before.
func (l *Line) adjustment(ctx context.Context, r Reader, before *Line, change RateChange) (made Adjustment, err error) {
	proration, err := r.Proration(ctx)
	if err != nil {
		return made, fmt.Errorf("adjusting line %d: %w", l.ID, err)
	}
	var credit, charge int64
	for _, credited := range l.Credits[len(before.Credits):] {
		credit += credited.Amount.Minor()
	}
	billed, err := l.ahead(change)
	if err != nil {
		return made, err
	}
	for _, waiting := range l.Unbilled {
		if days := waiting.Overlap(l.adjustedDays(change)); days != (billing.Span{}) {
			billed = append(billed, days)
		}
	}
	for _, days := range billed {
		minor, _, err := l.billedFor(days, proration)
		if err != nil {
			return made, err
		}
		charge += minor
	}
	if made.Credit, err = l.MonthlyAmount().Currency.OfMinor(credit); err != nil {
		return made, err
	}
	if made.Charge, err = l.MonthlyAmount().Currency.OfMinor(charge); err != nil {
		return made, err
	}
	if until := cmp.Or(change.AdjustUntil, before.NextCycle); change.Effective.Before(until) {
		made.Until = until
	}
	made.BillCycle = l.BillCycle
	made.Monthly, err = l.MonthlyAmount().Currency.OfMinor(change.MonthlyAmount.Minor())
	return made, err
}

// LastIncrease returns the last rate that counts on the next cycle date or before and raised the
// amount. It is zero if none did.
func (l Line) LastIncrease() (last Rate) {
	for i := 1; i < len(l.Rates); i++ {
		rate := l.Rates[i]
		if !l.NextCycle.Before(rate.From()) && l.Rates[i-1].MonthlyAmount.Value.Less(rate.MonthlyAmount.Value) {
			last = rate
		}
	}
	return last
}
