package line

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Adjustment is what a change of a rate does to billed days.
type Adjustment struct {
	// Credit is credited for the days at what they were charged, and Charge is billed for them at the
	// new rate.
	Credit money.Amount `json:"credit"`
	Charge money.Amount `json:"charge"`
}

// Adjust changes the rate of a line for billed days too, and returns what is credited and billed.
// Where the context says so, it is only computed.
func (s *Service) Adjust(ctx context.Context, id ID, change RateChange) (Adjustment, error) {
	change.AdjustBilled = true
	made, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Adjustment, error) {
		line, err := w.Line(ctx, id)
		if err != nil {
			return Adjustment{}, err
		}
		before := line
		if err := line.applyRate(ctx, w, change); err != nil {
			return Adjustment{}, err
		}
		made, err := line.adjustment(ctx, w, &before)
		if err != nil {
			return Adjustment{}, err
		}
		err = w.UpdateLine(ctx, &line)
		return made, err
	}, mutation.On("recurring line", id))
	return made, mutation.Explain(err, "recurring line", id)
}

// adjustment returns what a change credited and left to be billed again since before.
func (l *Line) adjustment(ctx context.Context, r Reader, before *Line) (made Adjustment, err error) {
	proration, err := r.Proration(ctx)
	if err != nil {
		return made, fmt.Errorf("adjusting line %d: %w", l.ID, err)
	}
	var credit, charge int64
	for _, credited := range l.Credits[len(before.Credits):] {
		credit += credited.Amount.Minor()
	}
	for _, days := range l.Unbilled {
		for _, added := range days.Minus(before.Unbilled) {
			minor, _, err := l.billedFor(added, proration)
			if err != nil {
				return made, err
			}
			charge += minor
		}
	}
	if made.Credit, err = l.MonthlyAmount().Currency.OfMinor(credit); err != nil {
		return made, err
	}
	made.Charge, err = l.MonthlyAmount().Currency.OfMinor(charge)
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
