package domain

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
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

// maxReason is the length of the reason of a correction, in UTF-16 units.
const maxReason = 500

func checkCorrectionReason(v *violations, reason string) {
	if v.checkText("reason", reason, maxReason) && strings.TrimSpace(reason) == "" {
		v.add("reason", "REQUIRED", "must be given")
	}
}

// VoidInvoice takes a finalized invoice back. Its periods stay billed, unless they are to be released: then its lines go
// back to before it. The periods of one that was taken back and kept them can be released later; the reason and the time of
// the first call stay. An etag that is not empty must be the invoice's.
func (s *InvoiceService) VoidInvoice(ctx context.Context, id InvoiceID, reason string, release bool, etag string) (Invoice, error) {
	var v violations
	checkCorrectionReason(&v, reason)
	if err := v.err(); err != nil {
		return Invoice{}, err
	}
	invoice, err := WriteOnce(ctx, s.store, s.clock, false, func(ctx context.Context, w InvoiceWriter) (Invoice, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil {
			return Invoice{}, err
		}
		if invoice.State == InvoiceVoid && invoice.Voiding.Released == release && (release || invoice.Voiding.Reason == reason) {
			return invoice, nil
		}
		if err := invoice.checkVoidable(release, etag); err != nil {
			return Invoice{}, err
		}
		if err := void(ctx, w, &invoice, release); err != nil {
			return Invoice{}, err
		}
		today, err := w.Today(ctx, s.clock.Now())
		if err != nil {
			return Invoice{}, err
		}
		invoice.void(Voiding{Reason: reason, At: s.clock.Now().UTC(), Day: today, Released: release})
		err = w.UpdateInvoice(ctx, &invoice)
		return invoice, err
	})
	return s.withItems(ctx, invoice, explain(err, "invoice", id))
}

func (i *Invoice) checkVoidable(release bool, etag string) error {
	if err := checkEtag("invoice", i.ID, i.Revision, etag); err != nil {
		return err
	}
	switch i.State {
	case InvoiceDraft:
		return fault.New(fault.FailedPrecondition, "INVOICE_DRAFT", "invoice %s is a draft: delete it instead, or finalize it first", i.ID)
	case InvoiceVoid:
		if release {
			return nil // its periods can still be released
		}
		return fault.New(fault.FailedPrecondition, "ALREADY_VOID", "invoice %d was taken back already: %s", i.Number, i.Voiding.Reason)
	}
	return nil
}

// void marks an invoice as taken back. The reason and the time of one that was taken back before stay.
func (i *Invoice) void(as Voiding) {
	if i.State == InvoiceVoid {
		i.Voiding.Released = as.Released
		return
	}
	i.State, i.Voiding = InvoiceVoid, as
}

// billedFurther refuses to release the periods of an invoice, of lines that were billed for later ones since.
func billedFurther(invoice *Invoice, lines []LineID) error {
	return fault.New(fault.FailedPrecondition, "PERIODS_NOT_LATEST",
		"periods after those of invoice %d were billed of line %s: void the invoices of those first, or discard them if they are drafts, or keep the periods billed",
		invoice.Number, nameLines(lines))
}

// void undoes what an invoice did to its lines and to credits.
func void(ctx context.Context, w InvoiceWriter, invoice *Invoice, release bool) error {
	billed, credited := invoice.lines()
	if err := checkNothingGiven(ctx, w, invoice, billed); err != nil {
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

// lines is the lines that an invoice bills, and those whose credits it carries, each in the order of their numbers.
func (i *Invoice) lines() (billed, credited []LineID) {
	bills, carries := map[LineID]bool{}, map[LineID]bool{}
	for _, item := range i.Items {
		for _, part := range item.Parts {
			if item.Credit {
				carries[LineID(part.Line)] = true
			} else {
				bills[LineID(part.Line)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(bills)), slices.Sorted(maps.Keys(carries))
}

// bills reports whether an invoice bills some of the days of a line.
func (i *Invoice) bills(line LineID, days billing.Span) bool {
	return slices.ContainsFunc(i.Items, func(item billing.Item) bool {
		return !item.Credit && slices.ContainsFunc(item.Parts, func(part billing.Charge) bool {
			return LineID(part.Line) == line && part.Span.Overlaps(days)
		})
	})
}

// mostNamed is how many lines a refusal names.
const mostNamed = 5

// nameLines names lines to a person.
func nameLines(lines []LineID) string {
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
func releasePeriods(ctx context.Context, w InvoiceWriter, invoice *Invoice, billed []LineID) error {
	periods, err := w.BilledPeriods(ctx, invoice.ID, billed)
	if err != nil {
		return err
	}
	var lines []Line
	var further []LineID
	for len(periods) > 0 {
		first, last := periods[0], periods[0]
		for len(periods) > 0 && periods[0].Line == first.Line {
			last, periods = periods[0], periods[1:]
		}
		line, err := w.Line(ctx, first.Line)
		if err != nil {
			return fmt.Errorf("releasing the periods of line %d: %w", first.Line, err)
		}
		if line.NextCycle != last.End {
			further = append(further, line.ID)
			continue
		}
		if line.LastCycle, err = lastBilled(ctx, w, line, first.Start); err != nil {
			return err
		}
		line.NextCycle = first.Start
		lines = append(lines, line)
	}
	if len(further) > 0 {
		return billedFurther(invoice, further)
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
func lastBilled(ctx context.Context, r InvoiceReader, line Line, before date.Date) (date.Date, error) {
	day, err := r.BilledBefore(ctx, line.ID, before)
	if err != nil || !day.IsZero() {
		return day, err
	}
	return line.PeriodBefore(before)
}
