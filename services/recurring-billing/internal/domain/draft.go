package domain

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// Drafts counts the invoices that a run left as drafts.
type Drafts struct {
	// Left are drafts now; Finalized and Discarded were.
	Left      int64 `json:"draft_count"`
	Finalized int64 `json:"finalized_count"`
	Discarded int64 `json:"discarded_count"`
}

// DraftReader reads drafts and what they hold.
type DraftReader interface {
	// Drafts is the drafts of a run for a range of bill-tos, in the order of bill-tos and currencies, without their items.
	// WholeDrafts is the same with their items.
	Drafts(ctx context.Context, run RunID, in Range) ([]Invoice, error)
	WholeDrafts(ctx context.Context, run RunID, in Range) ([]Invoice, error)
	// HeldLines is what drafts hold of lines that they bill, in the order of the lines' numbers.
	HeldLines(ctx context.Context, drafts []InvoiceID, lines []LineID) ([]HeldLine, error)
}

// DraftWriter finalizes and discards drafts. None of it tells the feed but where that is said.
type DraftWriter interface {
	// ReopenBatches makes the batches of a run that have drafts pending again, forgets why drafts could not be discarded, and
	// counts anew how far the run, which goes on, has come.
	ReopenBatches(ctx context.Context, run *Run) error
	// SettleBatch notes that a batch is done, and how many of its drafts were finalized or discarded.
	SettleBatch(ctx context.Context, batch Batch, settled Drafts) error
	// CountSettled counts a single draft that is finalized or discarded, after waiting for its batch if that is being done.
	CountSettled(ctx context.Context, draft *Invoice, settled Drafts) error
	// FinalizeDrafts gives drafts the next numbers of the series and tells the feed of each; ErrStale if one is no longer at the
	// version that its Revision tells.
	FinalizeDrafts(ctx context.Context, drafts []Invoice) error
	// ReturnLines moves lines back; ErrStale where one has changed since it was read.
	ReturnLines(ctx context.Context, lines []ReturnedLine) error
	// DeleteDrafts deletes drafts with their items, forgets that they bill periods of some lines and carry credits of others,
	// and tells the feed of each draft; ErrStale where one is a draft no more.
	DeleteDrafts(ctx context.Context, drafts []Invoice, billed, credited []LineID) error
}

// HeldLine is a line that a draft bills.
type HeldLine struct {
	Line    LineID
	Invoice InvoiceID
	// Span is the days that the draft bills.
	billing.Span
	// Next is the line's next unbilled day, Version the line's version.
	Next    date.Date
	Version int64
	// Before is the first day of the last part that was billed before Span, none where there is none.
	Before date.Date
	// Started, BillDay, Anchor and Cycle make the line's schedule.
	Started date.Date
	BillDay int
	Anchor  date.Date
	Cycle   BillCycle
}

// ReturnedLine is where a line goes back to when the draft that bills it is discarded.
type ReturnedLine struct {
	Line LineID
	// Version is the version that the line must be at.
	Version int64
	// Next is its next unbilled day, Last the first day of the part that was billed last, none for none.
	Next, Last date.Date
}

// discarding is drafts that can be discarded, and why others cannot.
type discarding struct {
	drafts           []Invoice
	lines            []ReturnedLine
	billed, credited []LineID
	// kept names the lines, of the drafts that have to be kept, that were billed further.
	kept map[InvoiceID][]LineID
}

// discard works out what becomes of drafts, given with their items, and of their lines. A draft of which a line was billed
// further is kept: the line could not go back without taking the later invoice's days along. Days on a draft are never
// credited, so no line has a credit for them.
func discard(ctx context.Context, r DraftReader, drafts []Invoice) (discarding, error) {
	d := discarding{kept: map[InvoiceID][]LineID{}}
	ids := make([]InvoiceID, len(drafts))
	var billed []LineID
	for i := range drafts {
		lines, _ := drafts[i].lines()
		ids[i], billed = drafts[i].ID, append(billed, lines...)
	}
	slices.Sort(billed)
	held, err := r.HeldLines(ctx, ids, billed)
	if err != nil {
		return d, err
	}
	for _, line := range held {
		if line.Next != line.End {
			d.kept[line.Invoice] = append(d.kept[line.Invoice], line.Line)
		}
	}
	for _, line := range held {
		if len(d.kept[line.Invoice]) > 0 {
			continue
		}
		last := line.Before
		if last.IsZero() {
			of := Line{ID: line.Line, Start: line.Started, BillDay: line.BillDay, Anchor: line.Anchor, BillCycle: line.Cycle}
			if last, err = scheduledBefore(of, line.Start); err != nil {
				return d, err
			}
		}
		d.billed = append(d.billed, line.Line)
		d.lines = append(d.lines, ReturnedLine{Line: line.Line, Version: line.Version, Next: line.Start, Last: last})
	}
	for i := range drafts {
		if len(d.kept[drafts[i].ID]) == 0 {
			_, credited := drafts[i].lines()
			d.drafts, d.credited = append(d.drafts, drafts[i]), append(d.credited, credited...)
		}
	}
	return d, nil
}

// write discards the drafts that can be.
func (d *discarding) write(ctx context.Context, to DraftWriter) error {
	if len(d.drafts) == 0 {
		return nil
	}
	if err := to.ReturnLines(ctx, d.lines); err != nil {
		return err
	}
	return to.DeleteDrafts(ctx, d.drafts, d.billed, d.credited)
}

// problem is why a draft is kept.
func (d *discarding) problem(draft *Invoice) Problem {
	return Problem{
		BillTo: draft.BillTo, Currency: draft.Currency, OfDraft: true,
		Message: fmt.Sprintf("draft %s could not be discarded: periods after those on it were billed of line %s: discard or void the invoices of those first, or finalize the draft",
			draft.ID, nameLines(d.kept[draft.ID])),
	}
}

// FinalizeInvoice gives a draft its number. An etag that is not empty must be the draft's. An invoice that is finalized is
// answered as it is.
func (b *Biller) FinalizeInvoice(ctx context.Context, id InvoiceID, etag string) (Invoice, error) {
	invoice, err := writeGuarded(ctx, b, func(ctx context.Context, w BillingWriter, _ auth.Principal) (Invoice, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil || invoice.State == InvoiceFinalized {
			return invoice, err
		}
		if err := checkEtag("invoice", id, invoice.Revision, etag); err != nil {
			return Invoice{}, err
		}
		if invoice.State == InvoiceVoid {
			return Invoice{}, fault.New(fault.FailedPrecondition, reason.AlreadyVoid, "invoice %d was taken back already: %s", invoice.Number, invoice.Voiding.Reason)
		}
		if err := w.CountSettled(ctx, &invoice, Drafts{Finalized: 1}); err != nil {
			return Invoice{}, err
		}
		drafts := []Invoice{invoice}
		err = w.FinalizeDrafts(ctx, drafts)
		return drafts[0], err
	})
	return b.withItems(ctx, invoice, explain(err, "invoice", id))
}

// DeleteInvoice discards a draft. An etag that is not empty must be the draft's.
func (b *Biller) DeleteInvoice(ctx context.Context, id InvoiceID, etag string) error {
	_, err := writeGuarded(ctx, b, func(ctx context.Context, w BillingWriter, _ auth.Principal) (struct{}, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil {
			return struct{}{}, err
		}
		if err := checkEtag("invoice", id, invoice.Revision, etag); err != nil {
			return struct{}{}, err
		}
		if invoice.State != InvoiceDraft {
			return struct{}{}, fault.New(fault.FailedPrecondition, reason.NotADraft, "invoice %d has its number, so it is never deleted: void it instead", invoice.Number)
		}
		if err := w.CountSettled(ctx, &invoice, Drafts{Discarded: 1}); err != nil {
			return struct{}{}, err
		}
		d, err := discard(ctx, w, []Invoice{invoice})
		if err != nil {
			return struct{}{}, err
		}
		if len(d.kept) > 0 {
			return struct{}{}, fault.New(fault.FailedPrecondition, reason.PeriodsNotLatest, "%s", d.problem(&invoice).Message)
		}
		return struct{}{}, d.write(ctx, w)
	})
	return explain(err, "invoice", id)
}

// withItems is an invoice with its items, which an outcome that was recorded for the request's key lacks.
func (b *Biller) withItems(ctx context.Context, invoice Invoice, err error) (Invoice, error) {
	if err != nil {
		return Invoice{}, err
	}
	if invoice.Items == nil {
		whole, err := b.Invoice(ctx, invoice.ID)
		if err != nil {
			return Invoice{}, err
		}
		invoice.Items = whole.Items
	}
	return invoice, nil
}
