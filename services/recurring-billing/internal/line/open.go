package line

import (
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// open checks the fields that only a new line can set, and fills in defaults: the bill day is that
// of the start, and the first unbilled day is the start.
func (l *Line) open(v *fault.Violations) {
	v.NotNegative(FieldID, int32(l.ID))
	catalogue.CheckCustomer(v, l.Customer)
	v.NotNegative("site_id", int32(l.Site))
	v.NotNegative("system_id", int32(l.System))
	l.openRates(v)
	if l.Start.IsZero() {
		v.Add(FieldStart, reason.Required, "must be given")
		return
	}
	checkStart(v, l.Start)
	if l.BillDay == 0 {
		l.BillDay = l.Start.Day()
	}
	if l.BillDay < 1 || l.BillDay > 31 {
		v.Add("bill_day", reason.OutOfRange, "must be a day of the month, 1 to 31, or 0 for the start date's own")
	} else {
		l.openAnchor(v)
	}
	if l.NextCycle.IsZero() {
		l.NextCycle = l.Start
	}
	if l.NextCycle.Before(l.Start) {
		v.Add(FieldNextCycle, reason.BeforeStart, "must not lie before the start date")
	}
	if !l.LastCycle.IsZero() && (l.LastCycle.Before(l.Start) || !l.LastCycle.Before(l.NextCycle)) {
		v.Add(FieldLastCycle, reason.OutOfOrder, "must lie on or after the start date and before the next cycle date")
	}
	l.openPauses(v)
	l.openUnbilled(v)
	checkTiming(v, l.Timing)
	l.openEnd(v)
}

// openUnbilled checks the days to bill again of a line that brings its own.
func (l *Line) openUnbilled(v *fault.Violations) {
	next := l.Start
	for i, days := range l.Unbilled {
		if days.Start.Before(next) || !days.Start.Before(days.End) || l.NextCycle.Before(days.End) {
			v.Add(fmt.Sprintf("%s[%d]", FieldUnbilled, i), reason.OutOfRange, "must be days from the start date to the next cycle date, after those before")
			return
		}
		// Days that were credited or paused can be billed with others, which are then released with them.
		if len(l.Pauses) == 0 && !slices.ContainsFunc(l.Credits, func(c Credit) bool { return c.Kind != "" }) {
			v.Add(fmt.Sprintf("%s[%d]", FieldUnbilled, i), reason.Inconsistent,
				"must be left out: a line without a pause, and without a credit for a changed rate or a pause, is billed in the order of its days")
			return
		}
		if paused := overlapping(PausedDays(l.Pauses), days); len(paused) > 0 {
			v.Add(fmt.Sprintf("%s[%d]", FieldUnbilled, i), reason.DaysPaused, "must not be days on which the line is paused: it is %s", NameDays(paused))
			return
		}
		next = days.End
	}
}

func checkStart(v *fault.Violations, start date.Date) {
	if start.Before(earliestStart) || latestStart.Before(start) {
		v.Add(FieldStart, reason.OutOfRange, "must lie from %s to %s", earliestStart, latestStart)
	}
}

// openAnchor checks the anchor of a new line. It clears an anchor that equals the default.
func (l *Line) openAnchor(v *fault.Violations) {
	switch {
	case l.Anchor.IsZero():
	case !billing.FallsOn(l.Anchor, l.BillDay):
		v.Add(FieldAnchor, reason.NotOnBillDay, "must fall on the bill day, %d, or on the last day of a month that has no such day", l.BillDay)
	case l.Anchor == billing.FirstAnchor(l.Start, l.BillDay):
		l.Anchor = date.Date{}
	}
}

// openEnd checks the end of a new line. A line that was already cancelled when imported may end on
// its start, and before the next cycle date.
func (l *Line) openEnd(v *fault.Violations) {
	if l.Cancelled() {
		l.openCancellation(v)
		return
	}
	switch {
	case l.End.IsZero():
	case !l.Start.Before(l.End):
		v.Add(FieldEnd, reason.BeforeStart, "must lie after the start date: it is the first day that is no longer billed")
	case l.End.Before(l.NextCycle):
		v.Add(FieldNextCycle, reason.AfterEnd, "must not lie after the end date")
	}
}

// Paths of a cancellation in violations.
const (
	inCancellation = "cancellation."
	fieldNumber    = "tracking_number"
)

func (l *Line) openCancellation(v *fault.Violations) {
	const in = inCancellation
	cancelled := &l.Cancellation
	CheckReason(v, in+FieldReason, cancelled.Reason)
	checkNote(v, in, cancelled.Note)
	v.NotNegative(in+fieldNumber, int32(cancelled.Number))
	if cancelled.Number > maxBrought {
		v.Add(in+fieldNumber, reason.OutOfRange, "must be at most %d, so that numbers are left for those that follow", maxBrought)
	}
	if l.End.Before(l.Start) {
		v.Add(FieldEnd, reason.BeforeStart, "must be given for a cancelled line, and not lie before the start date")
	}
	if !cancelled.FormerEnd.IsZero() && cancelled.FormerEnd.Before(l.End) {
		v.Add(in+"former_end_date", reason.OutOfOrder, "must not lie before the end date")
	}
	named := slices.ContainsFunc(l.Credits, func(c Credit) bool { return c.Kind == "" })
	if cancelled.Pending && (cancelled.Credit.IsZero() || !named && !l.End.Before(l.NextCycle)) {
		v.Add(in+"credit_pending", reason.Inconsistent, "must not be set without a credit for days from the end date to the next cycle date")
	}
	if cancelled.Credit.IsZero() {
		return
	}
	money.CheckSigned(v, in+"credit", &cancelled.Credit)
	if cancelled.Credit.Currency != l.MonthlyAmount().Currency {
		v.Add(in+"credit", reason.AnotherCurrency, "must be in the currency of the line's rates")
	}
}

// follows reports whether a rate can stand after another: it has a later date, or the same and counts
// from a later day on.
func follows(before, rate Rate) bool {
	return before.Effective.Before(rate.Effective) || before.Effective == rate.Effective && before.From().Before(rate.From())
}

// openAppliesFrom checks from which day on a rate of a new line counts: its date, or a later one up to
// which the line was billed.
func (l *Line) openAppliesFrom(v *fault.Violations, in string, rate *Rate) {
	if rate.AppliesFrom == rate.Effective {
		rate.AppliesFrom = date.Date{}
	}
	next := l.NextCycle
	if next.IsZero() {
		next = l.Start
	}
	if from := rate.AppliesFrom; !from.IsZero() && (from.Before(rate.Effective) || next.Before(from)) {
		v.Add(in+FieldAppliesFrom, reason.OutOfRange, "must be the effective date, or lie after it and not after the next cycle date")
	}
}

// openRates checks the rates of a new line. If the first rate has no date, it begins at the start.
func (l *Line) openRates(v *fault.Violations) {
	if len(l.Rates) == 0 {
		v.Add(FieldMonthlyAmount, reason.Required, "must be given")
		return
	}
	if len(l.Rates) > MaxRates {
		v.Add("rates", reason.TooMany, "must be at most %d", MaxRates)
		return
	}
	l.Rates = slices.Clone(l.Rates)
	if l.Rates[0].Effective.IsZero() {
		l.Rates[0].Effective = l.Start
	}
	for i := range l.Rates {
		rate := &l.Rates[i]
		in, amount := fmt.Sprintf("rates[%d].", i), FieldMonthlyAmount
		if len(l.Rates) > 1 || rate.Effective != l.Start {
			amount = in + FieldMonthlyAmount
		}
		switch {
		case i == 0 && rate.Effective != l.Start:
			v.Add(in+FieldEffective, reason.NotAtStart, "must be the start date: it is the line's first rate")
		case i > 0 && !follows(l.Rates[i-1], *rate):
			v.Add(in+FieldEffective, reason.OutOfOrder, "must lie after the effective date of the rate before, or be it and apply from a later day")
		}
		l.openAppliesFrom(v, in, rate)
		checkNote(v, in, rate.Note)
		if rate.MonthlyAmount.IsZero() {
			v.Add(amount, reason.Required, "must be given")
			continue
		}
		money.CheckSigned(v, amount, &rate.MonthlyAmount)
		if rate.MonthlyAmount.Currency != l.Rates[0].MonthlyAmount.Currency {
			v.Add(amount, reason.AnotherCurrency, "must be in the currency of the line's first rate")
		}
		if i > 0 || rate.Reason != "" {
			CheckReason(v, in+FieldReason, rate.Reason)
		}
	}
}
