package line

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// MoveNextCycle sets the first day of a line that is not billed yet. It can go back over days that
// no invoice bills and on over days that invoices bill, so that nothing is billed twice or skipped.
func (s *Service) MoveNextCycle(ctx context.Context, id ID, to date.Date, etag string) (Line, error) {
	return s.changeLine(ctx, id, etag, func(ctx context.Context, w Writer, line *Line) error {
		if to == line.NextCycle {
			return errUnchanged
		}
		if err := line.checkNextCycle(to); err != nil {
			return err
		}
		if err := checkMoved(ctx, w, line, to); err != nil {
			return err
		}
		line.returnTo(to)
		if err := line.keepReturned(ctx, w); err != nil {
			return err
		}
		if line.LastCycle.IsZero() || line.LastCycle.Before(to) {
			return nil
		}
		var err error
		line.LastCycle, err = line.PeriodBefore(to)
		return err
	})
}

func (l *Line) checkNextCycle(to date.Date) error {
	var v fault.Violations
	switch {
	case to.IsZero():
		v.Add(FieldNextCycle, reason.Required, "must be given")
	case to.Before(l.Start):
		v.Add(FieldNextCycle, reason.BeforeStart, "must not lie before %s, when the line starts", l.Start)
	case !l.End.IsZero() && l.End.Before(to):
		v.Add(FieldNextCycle, reason.AfterEnd, "must not lie after %s, when the line ends", l.End)
	}
	return v.Err()
}

// checkMoved rejects a next cycle date by which days would be billed twice or never.
func checkMoved(ctx context.Context, w Writer, line *Line, to date.Date) error {
	days := billing.Span{Start: to, End: line.NextCycle}
	if line.NextCycle.Before(to) {
		days = billing.Span{Start: line.NextCycle, End: to}
	}
	charged, err := w.Charged(ctx, line.ID, days, line.MonthlyAmount().Currency)
	if err != nil {
		return err
	}
	if days.Start == to {
		var billed []billing.Span
		for i := range charged.Charges {
			billed = insertDays(billed, charged.Charges[i].Days())
		}
		if len(billed) > 0 {
			return fault.InvalidField(FieldNextCycle, reason.PeriodBilled, "must not lie before %s: invoices bill the line %s",
				billed[len(billed)-1].End, NameDays(billed))
		}
		return nil
	}
	missing, err := charged.missing(days)
	if missing = minus(missing, PausedDays(line.Pauses)); err != nil || len(missing) == 0 {
		return err
	}
	return fault.InvalidField(FieldNextCycle, reason.DaysSkipped, "must not lie after %s: the line would never be billed %s",
		missing[0].Start, NameDays(missing))
}

// restart begins a full period on the next cycle date.
func (l *Line) restart() {
	l.Anchor = l.NextCycle
	if !billing.FallsOn(l.NextCycle, l.BillDay) {
		l.BillDay = l.NextCycle.Day()
	}
	if l.Anchor == billing.FirstAnchor(l.Start, l.BillDay) {
		l.Anchor = date.Date{}
	}
}

// beginCycle begins the periods of a new line on the first of the month of its start, if the tenant's
// lines do and it brings neither a bill day nor an anchor.
func (l *Line) beginCycle(ctx context.Context, accounts Catalogue) error {
	if l.BillDay != 0 || !l.Anchor.IsZero() || l.Start.IsZero() {
		return nil
	}
	onFirst, err := accounts.BeginsOnFirst(ctx)
	if err == nil && onFirst {
		l.BillDay, l.Anchor = 1, l.Start.AddMonthsOnDay(0, 1)
	}
	return err
}
