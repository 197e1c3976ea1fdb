package line

import (
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Raise is a rate that a line was given together with many others.
type Raise struct {
	// Old is the monthly amount that Rate replaces, on the first day that Rate counts for.
	Old  money.Amount
	Rate Rate
	// Replaced holds the rates of the same date that Rate replaced because nothing was billed at
	// them.
	Replaced []Rate
}

// Raise gives the line another rate from a date on, or from its next cycle date if that is zero.
// amount computes the new monthly amount from the present one. A fault says why the line cannot
// have the rate; then it is unchanged.
func (l *Line) Raise(effective date.Date, why ReasonCode, amount func(old money.Amount) (money.Amount, error)) (Raise, error) {
	if effective.IsZero() {
		effective = l.NextCycle
	}
	raise := Raise{Rate: l.fromUnbilled(Rate{Effective: effective, Reason: why})}
	raise.Old = l.RateOn(raise.Rate.From()).MonthlyAmount
	var err error
	if raise.Rate.MonthlyAmount, err = amount(raise.Old); err != nil {
		return raise, err
	}
	raised := *l
	if err := raised.changeRate(RateChange{Rate: raise.Rate}); err != nil {
		return raise, err
	}
	if counts := raised.RateOn(raise.Rate.From()); counts != raise.Rate {
		return raise, fault.New(fault.FailedPrecondition, reason.RateBilled, "the rate of %s counts from %s on in its place", counts.Effective, counts.From())
	}
	for _, rate := range l.Rates {
		if !slices.Contains(raised.Rates, rate) {
			raise.Replaced = append(raise.Replaced, rate)
		}
	}
	*l = raised
	return raise, nil
}

// Lower withdraws a rate that Raise gave, and restores those that it replaced. It fails if the line
// is billed at the rate, or has it no more.
func (l *Line) Lower(raise Raise) error {
	place := slices.IndexFunc(l.Rates, func(r Rate) bool {
		return r.Effective == raise.Rate.Effective && r.MonthlyAmount == raise.Rate.MonthlyAmount && r.Reason == raise.Rate.Reason
	})
	if place < 0 {
		return fault.New(fault.FailedPrecondition, reason.NotFound, "its rate of %s was changed or withdrawn since", raise.Rate.Effective)
	}
	if billed := l.billedDays(billing.Span{Start: l.Rates[place].From(), End: l.NextCycle}); len(billed) > 0 {
		return fault.New(fault.FailedPrecondition, reason.RateBilled, "it is billed at the rate of %s, from %s to %s", raise.Rate.Effective,
			billed[0].Start, billed[len(billed)-1].End.AddDays(-1))
	}
	rates := slices.Delete(slices.Clone(l.Rates), place, place+1)
	for _, replaced := range raise.Replaced {
		rates = insertRate(rates, l.fromUnbilled(replaced))
	}
	l.Rates = withoutReplaced(rates)
	return nil
}

// Raised returns the date of the last rate that is higher than the one before it, whenever it
// counts. It is zero if there is none.
func (l *Line) Raised() (last date.Date) {
	for i := 1; i < len(l.Rates); i++ {
		if l.Rates[i-1].MonthlyAmount.Value.Less(l.Rates[i].MonthlyAmount.Value) {
			last = l.Rates[i].Effective
		}
	}
	return last
}
