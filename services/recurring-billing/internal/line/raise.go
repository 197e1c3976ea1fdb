package line

import (
	"context"
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
	// Replaced holds the rates of the same date, in their order, that Rate replaces for the days
	// that are not billed. Lower restores those that the line has no more: once the days billed at
	// them are billed no more, Rate replaces them altogether.
	Replaced []Rate
}

// Raise gives the line another rate from a date on, or from its next cycle date if that is zero.
// amount computes the new monthly amount from the present one. A fault says why the line cannot
// have the rate; then it is unchanged.
func (l *Line) Raise(
	ctx context.Context, r Charger, effective date.Date, why ReasonCode, amount func(old money.Amount) (money.Amount, error),
) (Raise, error) {
	if effective.IsZero() {
		effective = l.NextCycle
	}
	after, err := l.unpricedUntil(ctx, r, effective)
	if err != nil {
		return Raise{}, err
	}
	raise := Raise{Rate: l.fromUnbilledAfter(Rate{Effective: effective, Reason: why}, after)}
	raise.Old = l.RateOn(raise.Rate.From()).MonthlyAmount
	if raise.Rate.MonthlyAmount, err = amount(raise.Old); err != nil {
		return raise, err
	}
	raised := *l
	if err := raised.changeRate(RateChange{Rate: raise.Rate}, after); err != nil {
		return raise, err
	}
	if counts := raised.RateOn(raise.Rate.From()); counts != raise.Rate {
		return raise, fault.New(fault.FailedPrecondition, reason.RateBilled, "the rate of %s counts from %s on in its place", counts.Effective, counts.From())
	}
	days := raised.daysOf(raise.Rate)
	if free := minus([]billing.Span{days}, PausedDays(raised.Pauses)); len(minus(free, raised.billedDays(days))) == 0 {
		return raise, fault.New(fault.FailedPrecondition, reason.DaysPaused,
			"nothing would be billed at the rate: on the days that it would count for, %s, the line is paused or billed already", NameDays([]billing.Span{days}))
	}
	for _, rate := range l.Rates {
		if rate.Effective == raise.Rate.Effective {
			raise.Replaced = append(raise.Replaced, rate)
		}
	}
	*l = raised
	return raise, nil
}

// daysOf returns the days that one of the line's rates counts for in a row from its first day on:
// those before the end for which no rate of the same date or a later one counts.
func (l *Line) daysOf(rate Rate) billing.Span {
	days := billing.Span{Start: rate.From(), End: billing.Never}
	if !l.End.IsZero() {
		days.End = l.End
	}
	for _, other := range l.Rates[l.lastRate(rate)+1:] {
		if other.From().Before(days.End) {
			days.End = other.From()
		}
	}
	return days
}

// Lower withdraws a rate that Raise gave, and restores those that it replaced. It fails if the line
// is billed at the rate, or has it no more.
func (l *Line) Lower(ctx context.Context, r Charger, raise Raise) error {
	place := l.lastRate(raise.Rate)
	if place < 0 {
		return fault.New(fault.FailedPrecondition, reason.NotFound, "its rate of %s was changed or withdrawn since", raise.Rate.Effective)
	}
	billed, err := l.billedAt(ctx, r, l.Rates[place])
	if err != nil {
		return err
	}
	if len(billed) > 0 {
		return fault.New(fault.FailedPrecondition, reason.RateBilled, "it is billed at the rate of %s, %s", raise.Rate.Effective, NameDays(billed))
	}
	rates, err := l.restored(ctx, r, slices.Delete(slices.Clone(l.Rates), place, place+1), raise.Replaced)
	if err != nil {
		return err
	}
	if len(rates) == 0 {
		return fault.New(fault.FailedPrecondition, reason.FirstRate, "its rate of %s is its first: change it instead", raise.Rate.Effective)
	}
	l.Rates = rates
	return nil
}

// lastRate returns the place of the last of the line's rates that is as it was asked for, or -1.
func (l *Line) lastRate(asked Rate) int {
	place := len(l.Rates) - 1
	for place >= 0 && !sameRequest(l.Rates[place], asked) {
		place--
	}
	return place
}

// sameRequest reports whether two rates were asked for alike, whatever days they count for.
func sameRequest(a, b Rate) bool {
	return a.Effective == b.Effective && a.MonthlyAmount == b.MonthlyAmount && a.Reason == b.Reason
}

// restored returns rates with those that were replaced and that are not among them. They come in
// their former order, before the rates of the same date that were added since.
func (l *Line) restored(ctx context.Context, r Charger, rates, replaced []Rate) ([]Rate, error) {
	if len(replaced) > 0 {
		place, _ := slices.BinarySearchFunc(rates, replaced[0].Effective, func(r Rate, day date.Date) int { return r.Effective.Compare(day) })
		after, err := l.unpricedUntil(ctx, r, replaced[0].Effective)
		if err != nil {
			return nil, err
		}
		for _, rate := range replaced {
			if place == len(rates) || !sameRequest(rates[place], rate) {
				rates = slices.Insert(rates, place, l.fromUnbilledAfter(rate, after))
			}
			place++
		}
	}
	return withoutReplaced(rates), nil
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
