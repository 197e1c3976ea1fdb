package invoice

import (
	"context"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
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
	var further []line.ID
	for len(periods) > 0 {
		first, last := periods[0], periods[0]
		for len(periods) > 0 && periods[0].Line == first.Line {
			last, periods = periods[0], periods[1:]
		}
		l, err := w.Line(ctx, first.Line)
		if err != nil {
			return fmt.Errorf("releasing the periods of line %d: %w", first.Line, err)
		}
		if l.NextCycle != last.End {
			further = append(further, l.ID)
			continue
		}
		if l.LastCycle, err = lastBilled(ctx, w, l, first.Start); err != nil {
			return err
		}
		l.NextCycle = first.Start
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
		if err := w.UpdateLine(ctx, &lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// lastBilled returns the first day of the part that was billed last before a day. For days billed
// before the line was imported it uses the line's schedule.
func lastBilled(ctx context.Context, r Reader, l line.Line, before date.Date) (date.Date, error) {
	day, err := r.BilledBefore(ctx, l.ID, before)
	if err != nil || !day.IsZero() {
		return day, err
	}
	return l.PeriodBefore(before)
}

// BilledFurther returns the fault for releasing the periods of an invoice whose lines were billed
// for later periods.
func BilledFurther(invoice *Invoice, lines []line.ID) error {
	return fault.New(fault.FailedPrecondition, reason.PeriodsNotLatest,
		"periods after those of invoice %d were already billed for line %s: void the later invoices first, or discard them if they are drafts, or keep the periods billed",
		invoice.Number, nameLines(lines))
}

// maxNamed is the maximum number of lines that an error names.
const maxNamed = 5

// nameLines formats line numbers for a person.
func nameLines(lines []line.ID) string {
	named := make([]string, min(len(lines), maxNamed))
	for i := range named {
		named[i] = fmt.Sprint(lines[i])
	}
	text := strings.Join(named, ", ")
	if more := len(lines) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
