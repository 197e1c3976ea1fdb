package invoice

import (
	"context"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// releasePeriods makes the periods and the one-off charges of an invoice billable again: the first
// unbilled day of each line goes back to the first of its periods.
func releasePeriods(ctx context.Context, w Writer, invoice *Invoice, billed []line.ID) error {
	periods, err := w.BilledPeriods(ctx, invoice.ID, billed)
	if err != nil {
		return err
	}
	var lines []line.Line
	var further []Further
	for len(periods) > 0 {
		n := 1
		for n < len(periods) && periods[n].Line == periods[0].Line {
			n++
		}
		l, later, err := releaseLine(ctx, w, invoice.ID, periods[:n])
		if err != nil {
			return err
		}
		if periods = periods[n:]; len(later) > 0 {
			further = append(further, Further{l.ID, later})
			continue
		}
		lines = append(lines, l)
	}
	if len(further) > 0 {
		return BilledFurther(invoice, further)
	}
	if err := w.ReleasePeriods(ctx, invoice.ID, billed); err != nil {
		return err
	}
	if err := w.ReleaseCharges(ctx, invoice.ID, invoice.BilledCharges()); err != nil {
		return err
	}
	for i := range lines {
		returned, err := lines[i].ReturnRates(ctx, w)
		if err != nil {
			return err
		}
		if returned {
			if err := w.ReplaceRates(ctx, lines[i].ID, lines[i].Rates); err != nil {
				return err
			}
		}
		if err := w.UpdateLine(ctx, &lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// releaseLine gives the periods that an invoice holds of one line back to it. If days after them were
// billed, it returns these instead.
func releaseLine(ctx context.Context, r ReleaseReader, invoice ID, periods []BilledPeriod) (l line.Line, further []billing.Span, err error) {
	if l, err = r.Line(ctx, periods[0].Line); err != nil {
		return l, nil, fmt.Errorf("releasing the periods of line %d: %w", periods[0].Line, err)
	}
	spans := make([]billing.Span, len(periods))
	for i, period := range periods {
		spans[i] = period.Span
	}
	next := l.NextCycle
	if further = l.Release(string(invoice), spans); l.NextCycle != next {
		l.LastCycle, err = lastBilled(ctx, r, l, l.NextCycle)
	}
	return l, further, err
}

// lastBilled returns the first day of the part that was billed last before a day. For days billed
// before the line was imported it uses the line's schedule.
func lastBilled(ctx context.Context, r ReleaseReader, l line.Line, before date.Date) (date.Date, error) {
	day, err := r.BilledBefore(ctx, l.ID, before)
	if err != nil || !day.IsZero() {
		return day, err
	}
	return l.PeriodBefore(before)
}

// BilledFurther returns the fault for releasing the periods of an invoice whose lines were billed
// for later periods.
func BilledFurther(invoice *Invoice, lines []Further) error {
	return fault.New(fault.FailedPrecondition, reason.PeriodsNotLatest,
		"days after those of invoice %d were already billed for %s: void the later invoices first, or discard them if they are drafts, or keep the periods billed",
		invoice.Number, nameFurther(lines))
}

// Further holds the days that a line was billed for after those of an invoice.
type Further struct {
	Line line.ID
	Days []billing.Span
}

// maxNamed is the maximum number of lines that an error names.
const maxNamed = 5

// nameFurther formats lines with their days for a person.
func nameFurther(lines []Further) string {
	named := make([]string, min(len(lines), maxNamed))
	for i := range named {
		named[i] = fmt.Sprintf("line %d (%s)", lines[i].Line, line.NameDays(lines[i].Days))
	}
	text := strings.Join(named, ", ")
	if more := len(lines) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more lines", more)
	}
	return text
}
