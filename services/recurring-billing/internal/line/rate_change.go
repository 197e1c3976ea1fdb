package line

import (
	"cmp"
	"context"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
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
	// Restart begins a full period on the next cycle date, as in a Change.
	Restart bool
	// AdjustBilled makes the rate count for billed days too: they are credited to who paid, and
	// billed again by the next run.
	AdjustBilled bool
	// AdjustUntil, if not zero, is the first day that AdjustBilled leaves as it is billed. It lies after the rate's date.
	AdjustUntil date.Date
	// CreditReason is why billed days are credited. If it is empty, Reason is.
	CreditReason ReasonCode
}

// ChangeRate changes the monthly amount of a line from a date on, for the days that are not billed.
// A rate of the same date at which no day was billed is replaced. An amount without a currency uses
// the line's.
func (s *Service) ChangeRate(ctx context.Context, id ID, change RateChange) (Line, error) {
	return s.changeLine(ctx, id, change.Etag, func(ctx context.Context, w Writer, line *Line) error {
		return line.applyRate(ctx, w, change)
	})
}

// applyRate changes the rate of a line, and that of its billed days if asked for.
func (l *Line) applyRate(ctx context.Context, w Writer, change RateChange) error {
	before := *l
	var after date.Date
	if !change.AdjustBilled && !change.Effective.IsZero() {
		var err error
		if after, err = l.unpricedUntil(ctx, w, change.Effective); err != nil {
			return err
		}
	}
	if err := l.changeRate(change, after); err != nil {
		return err
	}
	if change.Restart {
		l.restart()
	}
	if change.AdjustBilled {
		if later := l.billedAfterEnd(); l.Cancelled() && len(later) > 0 {
			return fault.New(fault.FailedPrecondition, reason.AlreadyCancelled,
				"line %d is cancelled as of %s, and billed %s, which could not be adjusted: uncancel it first", l.ID, l.End, NameDays(later))
		}
		if err := l.adjust(ctx, w, billing.Span{Start: change.Effective, End: change.AdjustUntil}, cmp.Or(change.CreditReason, change.Reason), before); err != nil {
			return err
		}
		// Earlier rates count for the days that are billed no more too, once this one is withdrawn.
		if _, err := l.ReturnRates(ctx, w); err != nil {
			return err
		}
	}
	return w.ReplaceRates(ctx, l.ID, l.Rates)
}

// billedAfterEnd returns the days from the end on that are billed, in order.
func (l *Line) billedAfterEnd() []billing.Span {
	if l.End.IsZero() {
		return nil
	}
	return l.billedDays(billing.Span{Start: l.End, End: l.NextCycle})
}

// changeRate gives the line another rate, which does not count before a day even if that is not billed.
func (l *Line) changeRate(change RateChange, after date.Date) error {
	rate, currency := change.Rate, l.MonthlyAmount().Currency
	var v fault.Violations
	checkID(&v, change.ID, l.ID)
	CheckReason(&v, FieldReason, rate.Reason)
	checkNote(&v, "", rate.Note)
	if change.CreditReason != "" {
		CheckReason(&v, FieldCreditReason, change.CreditReason)
	}
	if rate.MonthlyAmount.Currency == "" {
		rate.MonthlyAmount.Currency = currency
	}
	if rate.MonthlyAmount.Currency != currency {
		v.Add(FieldMonthlyAmount, reason.AnotherCurrency, "must be in %s, the line's currency", currency)
	}
	money.CheckSigned(&v, FieldMonthlyAmount, &rate.MonthlyAmount)
	checkEffective(&v, rate.Effective, l.Start)
	if until := change.AdjustUntil; !until.IsZero() && (!change.AdjustBilled || !rate.Effective.Before(until)) {
		v.Add(FieldAdjustUntil, reason.OutOfOrder, "must lie after the effective date, and be given only if billed days are adjusted")
	}
	if change.BillCycle != "" {
		l.BillCycle = change.BillCycle
		checkCycle(&v, l.BillCycle)
	}
	if err := v.Err(); err != nil {
		return err
	}
	if rate = l.fromUnbilledAfter(rate, after); change.AdjustBilled {
		rate.AppliesFrom = date.Date{}
	}
	if !l.End.IsZero() && !rate.From().Before(l.End) {
		return fault.New(fault.FailedPrecondition, reason.LineEnded, "line %d ends on %s and is not billed from %s on", l.ID, l.End, rate.From())
	}
	rates := withoutReplaced(insertRate(l.Rates, rate))
	if len(rates) > MaxRates {
		return fault.New(fault.FailedPrecondition, reason.TooMany, "line %d has %d rates and can have no more", l.ID, MaxRates)
	}
	l.Rates = rates
	return nil
}

// insertRate returns a copy of rates with another one, behind those of the same date.
func insertRate(rates []Rate, rate Rate) []Rate {
	place, _ := slices.BinarySearchFunc(rates, rate, func(a, b Rate) int {
		return cmp.Or(a.Effective.Compare(b.Effective), -1)
	})
	return slices.Insert(slices.Clone(rates), place, rate)
}

// WithdrawRate withdraws the rate that was asked for from a date on. The rate before it counts for
// its days.
func (s *Service) WithdrawRate(ctx context.Context, id ID, effective date.Date, etag string) (Line, error) {
	return s.changeLine(ctx, id, etag, func(ctx context.Context, w Writer, line *Line) error {
		if err := line.withdrawRate(ctx, w, effective); err != nil {
			return err
		}
		return w.ReplaceRates(ctx, line.ID, line.Rates)
	})
}

func (l *Line) withdrawRate(ctx context.Context, r Charger, effective date.Date) error {
	i := len(l.Rates) - 1
	for i >= 0 && l.Rates[i].Effective != effective {
		i--
	}
	switch {
	case i < 0:
		return fault.InvalidField(FieldEffective, reason.NotFound, "must be the first day of one of the line's rates")
	case i == 0:
		return fault.New(fault.FailedPrecondition, reason.FirstRate, "the first rate of line %d cannot be withdrawn: change it instead", l.ID)
	}
	billed, err := l.billedAt(ctx, r, l.Rates[i])
	if err != nil {
		return err
	}
	if len(billed) > 0 {
		return fault.New(fault.FailedPrecondition, reason.RateBilled, "line %d is already billed at the rate of %s, %s: change the rate from a later date",
			l.ID, effective, NameDays(billed))
	}
	l.Rates = slices.Delete(slices.Clone(l.Rates), i, i+1)
	return nil
}

// billedAt returns the days that are billed at a rate of the line, in order. A charge tells its own
// rate, by the date if it has that, and the line's rates tell that of any other day.
func (l *Line) billedAt(ctx context.Context, r Charger, rate Rate) (at []billing.Span, err error) {
	days := l.billedDays(billing.Span{Start: rate.From(), End: l.NextCycle})
	unpriced, err := l.unpriced(ctx, r, days, func(paid *billing.Paid) bool {
		if paid.Monthly == rate.MonthlyAmount.Minor() && (paid.Rate.Effective.IsZero() || paid.Rate.Effective == rate.Effective) {
			for _, span := range days {
				if shared := span.Overlap(paid.Days()); shared != (billing.Span{}) {
					at = insertDays(at, shared)
				}
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, days := range unpriced {
		for _, same := range l.atOneRate(l, days) {
			if l.RateOn(same.Start) == rate {
				at = insertDays(at, same)
			}
		}
	}
	return at, nil
}
