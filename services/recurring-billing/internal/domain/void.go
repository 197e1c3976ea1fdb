package domain

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
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

// CorrectionReader reads what corrects invoices that stand. Methods that take lines answer in the order of their numbers.
type CorrectionReader interface {
	BilledReader
	// WholeInvoices is Invoices, with their items.
	WholeInvoices(ctx context.Context, filter InvoiceFilter, after InvoicePlace, limit int) ([]Invoice, error)
	// SumInvoices sums the invoices of a filter by currency, in the order of the codes.
	SumInvoices(ctx context.Context, filter InvoiceFilter) ([]InvoiceSum, error)
	// Voidable is the invoices of a run for a range of bill-tos that are finalized, and those that are void and hold their periods
	// where these are to be released, with their items, in the order of their numbers.
	Voidable(ctx context.Context, run RunID, in Range, release bool) ([]Invoice, error)
	// BilledPeriods is the parts of periods of lines that an invoice holds as billed, those of a line in order.
	BilledPeriods(ctx context.Context, invoice InvoiceID, lines []LineID) ([]BilledPeriod, error)
	// BilledBefore is the first day of the last part that a line was billed for before a day, none where there is none.
	BilledBefore(ctx context.Context, line LineID, day date.Date) (date.Date, error)
	Line(ctx context.Context, id LineID) (Line, error)

	CreditNote(ctx context.Context, id CreditNoteID) (CreditNote, error)
	// CreditNotes is up to limit credit notes with numbers above after, in the order of the numbers.
	CreditNotes(ctx context.Context, filter CreditNoteFilter, after CreditNoteID, limit int) ([]CreditNote, error)
}

// CorrectionWriter writes what corrects invoices that stand. Each write adds its entry to the change feed.
type CorrectionWriter interface {
	// UpdateInvoice replaces what can change of an invoice that is still at the version that its Revision tells: otherwise it
	// is ErrStale.
	UpdateInvoice(ctx context.Context, invoice *Invoice) error
	UpdateLine(ctx context.Context, line *Line) error
	// ReopenBilled makes the batches of a run that billed something pending again, which it counts, forgets why invoices could
	// not be voided, and counts anew how far the run, which goes on, has come.
	ReopenBilled(ctx context.Context, run *Run) (batches int64, err error)
	// ReleasePeriods forgets that an invoice bills periods of lines, ReleaseCredits that it carries credits of lines. They
	// tell the feed nothing: the entries of the invoice and the lines do.
	ReleasePeriods(ctx context.Context, invoice InvoiceID, lines []LineID) error
	ReleaseCredits(ctx context.Context, invoice InvoiceID, lines []LineID) error
	// CreateCreditNote gives the credit note the next number of its series.
	CreateCreditNote(ctx context.Context, note *CreditNote) error
}

// maxReason is the length of the reason of a correction, in UTF-16 units.
const maxReason = 500

func (v *violations) checkCorrectionReason(why string) {
	if v.checkText("reason", why, maxReason) && strings.TrimSpace(why) == "" {
		v.add("reason", reason.Required, "must be given")
	}
}

// VoidInvoice takes a finalized invoice back. Its periods stay billed, unless they are to be released: then its lines go
// back to before it. The periods of one that was taken back and kept them can be released later; the reason and the time of
// the first call stay. An etag that is not empty must be the invoice's.
func (b *Biller) VoidInvoice(ctx context.Context, id InvoiceID, why string, release bool, etag string) (Invoice, error) {
	var v violations
	v.checkCorrectionReason(why)
	if err := v.err(); err != nil {
		return Invoice{}, err
	}
	invoice, err := writeBilling(ctx, b, func(ctx context.Context, w BillingWriter, _ auth.Principal) (Invoice, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil {
			return Invoice{}, err
		}
		if invoice.State == InvoiceVoid && invoice.Voiding.Released == release && (release || invoice.Voiding.Reason == why) {
			return invoice, nil
		}
		if err := invoice.checkVoidable(release, etag); err != nil {
			return Invoice{}, err
		}
		if err := void(ctx, w, &invoice, release); err != nil {
			return Invoice{}, err
		}
		today, err := todayOf(ctx, w, b.clock.Now())
		if err != nil {
			return Invoice{}, err
		}
		invoice.void(Voiding{Reason: why, At: b.clock.Now().UTC(), Day: today, Released: release})
		err = w.UpdateInvoice(ctx, &invoice)
		return invoice, err
	})
	return b.withItems(ctx, invoice, explain(err, "invoice", id))
}

func (i *Invoice) checkVoidable(release bool, etag string) error {
	if err := checkEtag("invoice", i.ID, i.Revision, etag); err != nil {
		return err
	}
	switch i.State {
	case InvoiceDraft:
		return fault.New(fault.FailedPrecondition, reason.InvoiceDraft, "invoice %s is a draft: delete it instead, or finalize it first", i.ID)
	case InvoiceVoid:
		if release {
			return nil // its periods can still be released
		}
		return fault.New(fault.FailedPrecondition, reason.AlreadyVoid, "invoice %d was taken back already: %s", i.Number, i.Voiding.Reason)
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
	return fault.New(fault.FailedPrecondition, reason.PeriodsNotLatest,
		"periods after those of invoice %d were billed of line %s: void the invoices of those first, or discard them if they are drafts, or keep the periods billed",
		invoice.Number, nameLines(lines))
}

// void undoes what an invoice did to its lines and to credits.
func void(ctx context.Context, w BillingWriter, invoice *Invoice, release bool) error {
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
func releasePeriods(ctx context.Context, w BillingWriter, invoice *Invoice, billed []LineID) error {
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
func lastBilled(ctx context.Context, r BillingReader, line Line, before date.Date) (date.Date, error) {
	day, err := r.BilledBefore(ctx, line.ID, before)
	if err != nil || !day.IsZero() {
		return day, err
	}
	return scheduledBefore(line, before)
}

// scheduledBefore is the first day of the part of a line before a day, as its schedule says; none before its start.
func scheduledBefore(line Line, before date.Date) (date.Date, error) {
	if !line.Start.Before(before) {
		return date.Date{}, nil
	}
	schedule, err := billing.New(line.Start, date.Date{}, line.Anchor, line.BillDay, line.BillCycle.Months())
	if err != nil {
		return date.Date{}, fmt.Errorf("line %d: %w", line.ID, err)
	}
	if start := schedule.Period(before.AddDays(-1)).Start; line.Start.Before(start) {
		return start, nil
	}
	return line.Start, nil
}

// InvoiceSum is what invoices in one currency sum to.
type InvoiceSum struct {
	Currency Currency
	Invoices int64
	// Invoiced is the sum of the totals, Credited what credit notes give back of them.
	Invoiced, Credited Sum
}

// SumInvoices sums invoices by currency: those that are finalized, where the filter names no state. Nobody owes a draft.
func (b *Biller) SumInvoices(ctx context.Context, filter InvoiceFilter) ([]InvoiceSum, error) {
	filter.State = cmp.Or(filter.State, InvoiceFinalized)
	return readBilling(ctx, b, func(ctx context.Context, r BillingReader) ([]InvoiceSum, error) { return r.SumInvoices(ctx, filter) })
}

// invoicesAtOnce bounds the memory that it takes to go over invoices.
const invoicesAtOnce = 100

// EachInvoice gives the invoices of a filter, with their items and whose their lines are, in the order of Invoices. give is called between the reads of
// the store; an invoice that is made meanwhile comes last or not at all.
func (b *Biller) EachInvoice(ctx context.Context, filter InvoiceFilter, give func(Invoice, Origins) error) error {
	for after := (InvoicePlace{}); ; {
		var origins []Origins
		invoices, err := readBilling(ctx, b, func(ctx context.Context, r BillingReader) ([]Invoice, error) {
			invoices, err := r.WholeInvoices(ctx, filter, after, invoicesAtOnce)
			if err != nil {
				return nil, err
			}
			origins, err = originsOf(ctx, r, invoices)
			return invoices, err
		})
		if err != nil {
			return err
		}
		for i, invoice := range invoices {
			if err := give(invoice, origins[i]); err != nil {
				return err
			}
			after = invoice.Place()
		}
		if len(invoices) < invoicesAtOnce {
			return nil
		}
	}
}
