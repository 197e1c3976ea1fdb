package domain

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// Voiding is why, when and how an invoice was taken back. The zero Voiding is none.
type Voiding struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	// Released tells that the periods it billed became billable again.
	Released bool `json:"periods_released"`
}

// BilledPeriod is a part of a period that a line was billed for.
type BilledPeriod struct {
	Line LineID
	billing.Span
}

// GivenCredit is what a line was credited for billed days when it was cancelled.
type GivenCredit struct {
	Line LineID
	// Span is the days credited.
	billing.Span
	// Amount is what was credited, in minor units.
	Amount int64
	// Invoice is the invoice that carries it, empty for none yet.
	Invoice InvoiceID
}

// CorrectionReader reads what corrects invoices that stand. Methods that take lines answer in the order of their numbers.
type CorrectionReader interface {
	// WholeInvoices is Invoices, with their items.
	WholeInvoices(ctx context.Context, filter InvoiceFilter, after InvoicePlace, limit int) ([]Invoice, error)
	// SumInvoices sums the invoices of a filter by currency, in the order of the codes.
	SumInvoices(ctx context.Context, filter InvoiceFilter) ([]InvoiceSum, error)
	// BilledPeriods is the parts of periods of lines that an invoice holds as billed, those of a line in order.
	BilledPeriods(ctx context.Context, invoice InvoiceID, lines []LineID) ([]BilledPeriod, error)
	// GivenCredits is the credits of lines, whether an invoice carries them or not.
	GivenCredits(ctx context.Context, lines []LineID) ([]GivenCredit, error)
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
	// ReleasePeriods forgets that an invoice bills periods of lines, ReleaseCredits that it carries credits of lines. They
	// tell the feed nothing: the entries of the invoice and the lines do.
	ReleasePeriods(ctx context.Context, invoice InvoiceID, lines []LineID) error
	ReleaseCredits(ctx context.Context, invoice InvoiceID, lines []LineID) error
	// CreateCreditNote gives the credit note the next number of its series.
	CreateCreditNote(ctx context.Context, note *CreditNote) error
}

// maxReason is the length of the reason of a correction, in UTF-16 units.
const maxReason = 500

func (v *violations) checkCorrectionReason(reason string) {
	if v.checkText("reason", reason, maxReason) && strings.TrimSpace(reason) == "" {
		v.add("reason", "REQUIRED", "must be given")
	}
}

// VoidInvoice takes a finalized invoice back. Its periods stay billed, unless they are to be released: then its lines go
// back to before it. An etag that is not empty must be the invoice's.
func (b *Biller) VoidInvoice(ctx context.Context, id InvoiceID, reason string, release bool, etag string) (Invoice, error) {
	var v violations
	v.checkCorrectionReason(reason)
	if err := v.err(); err != nil {
		return Invoice{}, err
	}
	invoice, err := writeBilling(ctx, b, func(ctx context.Context, w BillingWriter, _ auth.Principal) (Invoice, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil {
			return Invoice{}, err
		}
		if invoice.State == InvoiceVoid && invoice.Voiding.Reason == reason && invoice.Voiding.Released == release {
			return invoice, nil
		}
		if err := invoice.checkVoidable(etag); err != nil {
			return Invoice{}, err
		}
		if err := void(ctx, w, &invoice, release); err != nil {
			return Invoice{}, err
		}
		invoice.State, invoice.Voiding = InvoiceVoid, Voiding{Reason: reason, At: b.clock.Now().UTC(), Released: release}
		err = w.UpdateInvoice(ctx, &invoice)
		return invoice, err
	})
	return b.withItems(ctx, invoice, explain(err, "invoice", id))
}

func (i *Invoice) checkVoidable(etag string) error {
	if err := checkEtag("invoice", i.ID, i.Revision, etag); err != nil {
		return err
	}
	switch {
	case i.State == InvoiceDraft:
		return fault.New(fault.FailedPrecondition, "INVOICE_DRAFT", "invoice %s is a draft: delete it instead, or finalize it first", i.ID)
	case i.State == InvoiceVoid:
		return fault.New(fault.FailedPrecondition, "ALREADY_VOID", "invoice %d was taken back already: %s", i.Number, i.Voiding.Reason)
	case i.Credited > 0:
		return fault.New(fault.FailedPrecondition, "CREDITED", "invoice %d has credit notes: give the rest of it back by another credit note", i.Number)
	}
	return nil
}

// void undoes what an invoice did to its lines and to credits.
func void(ctx context.Context, w BillingWriter, invoice *Invoice, release bool) error {
	billed, credited := invoice.lines()
	given, err := w.GivenCredits(ctx, billed)
	if err != nil {
		return err
	}
	for _, credit := range given {
		if invoice.bills(credit.Line, credit.Span) {
			return fault.New(fault.FailedPrecondition, "LINE_CREDITED",
				"line %d was credited for days of invoice %d when it was cancelled: take that cancellation back first", credit.Line, invoice.Number)
		}
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
			return LineID(part.Line) == line && overlap(part.Span, days)
		})
	})
}

func overlap(a, b billing.Span) bool { return a.Start.Before(b.End) && b.Start.Before(a.End) }

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
		return fault.New(fault.FailedPrecondition, "PERIODS_NOT_LATEST",
			"periods after those of invoice %d were billed of line %s: void the invoices of those first, or discard them if they are drafts, or keep the periods billed",
			invoice.Number, nameLines(further))
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

// checkUncorrected refuses a credit for days on a draft, which were charged to nobody yet, and for days whose invoice was given
// back in another way: nobody can say any more what the days of one line are still worth.
func checkUncorrected(ctx context.Context, w Writer, credit Credit) error {
	draft, err := w.DraftOf(ctx, credit.Line, credit.From, credit.To)
	if err != nil {
		return err
	}
	if draft != "" {
		return fault.New(fault.FailedPrecondition, "INVOICE_DRAFT",
			"days to be credited of line %d stand on invoice %s, a draft: finalize or delete it first, or cancel the line without a credit", credit.Line, draft)
	}
	number, err := w.CorrectedInvoice(ctx, credit.Line, credit.From, credit.To)
	if err != nil {
		return err
	}
	if number != 0 {
		return fault.New(fault.FailedPrecondition, "INVOICE_CORRECTED",
			"invoice %d, which bills days to be credited of line %d, is void or has credit notes: cancel the line without a credit, and give back what is left by a credit note",
			number, credit.Line)
	}
	return nil
}

// InvoiceSum is what invoices in one currency sum to, in minor units.
type InvoiceSum struct {
	Currency Currency
	Invoices int64
	// Invoiced is the sum of the totals, Credited what credit notes give back of them.
	Invoiced, Credited int64
}

// SumInvoices sums invoices by currency: those that are finalized, where the filter names no state. Nobody owes a draft.
func (b *Biller) SumInvoices(ctx context.Context, filter InvoiceFilter) ([]InvoiceSum, error) {
	filter.State = cmp.Or(filter.State, InvoiceFinalized)
	return readBilling(ctx, b, func(ctx context.Context, r BillingReader) ([]InvoiceSum, error) { return r.SumInvoices(ctx, filter) })
}

// invoicesAtOnce bounds the memory that it takes to go over invoices.
const invoicesAtOnce = 100

// EachInvoice gives the invoices of a filter, with their items, in the order of Invoices. give is called between the reads of
// the store; an invoice that is made meanwhile comes last or not at all.
func (b *Biller) EachInvoice(ctx context.Context, filter InvoiceFilter, give func(Invoice) error) error {
	for after := (InvoicePlace{}); ; {
		invoices, err := readBilling(ctx, b, func(ctx context.Context, r BillingReader) ([]Invoice, error) {
			return r.WholeInvoices(ctx, filter, after, invoicesAtOnce)
		})
		if err != nil {
			return err
		}
		for _, invoice := range invoices {
			if err := give(invoice); err != nil {
				return err
			}
			after = invoice.Place()
		}
		if len(invoices) < invoicesAtOnce {
			return nil
		}
	}
}
