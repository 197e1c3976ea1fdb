package invoice

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// Voiding is why, when and how an invoice was taken back. The zero Voiding is none.
type Voiding struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	// Day is the day of At in the time zone that the billing schedule had then, and what documents say.
	Day date.Date `json:"day,omitzero"`
	// Released tells that the periods it billed became billable again.
	Released bool `json:"periods_released"`
}

// MaxReason is the length of the reason of a correction, in UTF-16 units.
const MaxReason = 500

// CheckReason refuses a reason of a correction that is empty or too long.
func CheckReason(v *resource.Violations, why string) {
	if v.CheckText("reason", why, MaxReason) && strings.TrimSpace(why) == "" {
		v.Add("reason", reason.Required, "must be given")
	}
}

// Void takes a finalized invoice back. Its periods stay billed, unless they are to be released: then its lines go
// back to before it. The periods of one that was taken back and kept them can be released later; the reason and the time of
// the first call stay. An etag that is not empty must be the invoice's.
func (s *Service) Void(ctx context.Context, id ID, why string, release bool, etag string) (Invoice, error) {
	var v resource.Violations
	CheckReason(&v, why)
	if err := v.Err(); err != nil {
		return Invoice{}, err
	}
	invoice, err := resource.Write(ctx, s.store, s.clock, false, func(ctx context.Context, w Writer) (Invoice, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil {
			return Invoice{}, err
		}
		if invoice.State == Void && invoice.Voiding.Released == release && (release || invoice.Voiding.Reason == why) {
			return invoice, nil
		}
		if err := invoice.CheckVoidable(release, etag); err != nil {
			return Invoice{}, err
		}
		if err := void(ctx, w, &invoice, release); err != nil {
			return Invoice{}, err
		}
		today, err := w.Today(ctx, s.clock.Now())
		if err != nil {
			return Invoice{}, err
		}
		invoice.MarkVoid(Voiding{Reason: why, At: s.clock.Now().UTC(), Day: today, Released: release})
		err = w.UpdateInvoice(ctx, &invoice)
		return invoice, err
	})
	return s.withItems(ctx, invoice, resource.Explain(err, "invoice", id))
}

// CheckVoidable refuses to void a draft, and an invoice that is void unless its periods are to be released now.
func (i *Invoice) CheckVoidable(release bool, etag string) error {
	if err := resource.CheckEtag("invoice", i.ID, i.Revision, etag); err != nil {
		return err
	}
	switch i.State {
	case Draft:
		return fault.New(fault.FailedPrecondition, reason.InvoiceDraft, "invoice %s is a draft: delete it instead, or finalize it first", i.ID)
	case Void:
		if release {
			return nil // its periods can still be released
		}
		return fault.New(fault.FailedPrecondition, reason.AlreadyVoid, "invoice %d was taken back already: %s", i.Number, i.Voiding.Reason)
	}
	return nil
}

// MarkVoid marks an invoice as taken back. The reason and the time of one that was taken back before stay.
func (i *Invoice) MarkVoid(as Voiding) {
	if i.State == Void {
		i.Voiding.Released = as.Released
		return
	}
	i.State, i.Voiding = Void, as
}

// BilledFurther refuses to release the periods of an invoice, of lines that were billed for later ones since.
func BilledFurther(invoice *Invoice, lines []line.ID) error {
	return fault.New(fault.FailedPrecondition, reason.PeriodsNotLatest,
		"periods after those of invoice %d were billed of line %s: void the invoices of those first, or discard them if they are drafts, or keep the periods billed",
		invoice.Number, nameLines(lines))
}

// void undoes what an invoice did to its lines and to credits.
func void(ctx context.Context, w Writer, invoice *Invoice, release bool) error {
	billed, credited := invoice.BilledLines()
	if err := CheckNothingGiven(ctx, w, invoice, billed); err != nil {
		return err
	}
	if err := w.ReleaseCredits(ctx, invoice.ID, credited); err != nil {
		return err
	}
	if !release {
		return nil
	}
	return releasePeriods(ctx, w, invoice, billed)
}

// BilledLines is the lines that an invoice bills, and those whose credits it carries, each in the order of their numbers.
func (i *Invoice) BilledLines() (billed, credited []line.ID) {
	bills, carries := map[line.ID]bool{}, map[line.ID]bool{}
	for _, item := range i.Items {
		for _, part := range item.Parts {
			if item.Credit {
				carries[line.ID(part.Line)] = true
			} else {
				bills[line.ID(part.Line)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(bills)), slices.Sorted(maps.Keys(carries))
}

// Bills reports whether an invoice bills some of the days of a line.
func (i *Invoice) Bills(l line.ID, days billing.Span) bool {
	return slices.ContainsFunc(i.Items, func(item billing.InvoiceItem) bool {
		return !item.Credit && slices.ContainsFunc(item.Parts, func(part billing.Charge) bool {
			return line.ID(part.Line) == l && part.Span.Overlaps(days)
		})
	})
}

// mostNamed is how many lines a refusal names.
const mostNamed = 5

// nameLines names lines to a person.
func nameLines(lines []line.ID) string {
	named := make([]string, min(len(lines), mostNamed))
	for i := range named {
		named[i] = fmt.Sprint(lines[i])
	}
	text := strings.Join(named, ", ")
	if more := len(lines) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// releasePeriods makes the periods that an invoice bills billable again: each line's next unbilled day goes back to the
// first of them.
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
	for i := range lines {
		if err := w.UpdateLine(ctx, &lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// lastBilled is the first day of the part that was billed of a line before a day: as billed here, or, where it was billed
// before it came here, as its schedule says.
func lastBilled(ctx context.Context, r Reader, l line.Line, before date.Date) (date.Date, error) {
	day, err := r.BilledBefore(ctx, l.ID, before)
	if err != nil || !day.IsZero() {
		return day, err
	}
	return l.PeriodBefore(before)
}
