package invoice

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// DraftCount counts the invoices that a run left as drafts.
type DraftCount struct {
	// Left are drafts now; Finalized and Discarded were.
	Left      int64 `json:"draft_count"`
	Finalized int64 `json:"finalized_count"`
	Discarded int64 `json:"discarded_count"`
}

// HeldLine is a line that a draft bills.
type HeldLine struct {
	Line    line.ID
	Invoice ID
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
	Cycle   line.BillCycle
}

// ReturnedLine is where a line goes back to when the draft that bills it is discarded.
type ReturnedLine struct {
	Line line.ID
	// Version is the version that the line must be at.
	Version int64
	// Next is its next unbilled day, Last the first day of the part that was billed last, none for none.
	Next, Last date.Date
}

// Discarding is drafts that can be discarded, and why others cannot.
type Discarding struct {
	Drafts []Invoice
	// Lines are the lines as they go back.
	Lines []ReturnedLine
	// Billed are the lines that the drafts bill, Credited those whose credits they carry.
	Billed, Credited []line.ID
	// Kept names the lines, of the drafts that have to be kept, that were billed further.
	Kept map[ID][]line.ID
}

// PlanDiscard works out what becomes of drafts, given with their items, and of their lines. A draft of which a line was billed
// further is kept: the line could not go back without taking the later invoice's days along. Days on a draft are never
// credited, so no line has a credit for them.
func PlanDiscard(ctx context.Context, r HeldReader, drafts []Invoice) (Discarding, error) {
	d := Discarding{Kept: map[ID][]line.ID{}}
	ids := make([]ID, len(drafts))
	var billed []line.ID
	for i := range drafts {
		lines, _ := drafts[i].BilledLines()
		ids[i], billed = drafts[i].ID, append(billed, lines...)
	}
	slices.Sort(billed)
	held, err := r.HeldLines(ctx, ids, billed)
	if err != nil {
		return d, err
	}
	for _, l := range held {
		if l.Next != l.End {
			d.Kept[l.Invoice] = append(d.Kept[l.Invoice], l.Line)
		}
	}
	for _, l := range held {
		if len(d.Kept[l.Invoice]) > 0 {
			continue
		}
		last := l.Before
		if last.IsZero() {
			of := line.Line{ID: l.Line, Start: l.Started, BillDay: l.BillDay, Anchor: l.Anchor, BillCycle: l.Cycle}
			if last, err = of.PeriodBefore(l.Start); err != nil {
				return d, err
			}
		}
		d.Billed = append(d.Billed, l.Line)
		d.Lines = append(d.Lines, ReturnedLine{Line: l.Line, Version: l.Version, Next: l.Start, Last: last})
	}
	for i := range drafts {
		if len(d.Kept[drafts[i].ID]) == 0 {
			_, credited := drafts[i].BilledLines()
			d.Drafts, d.Credited = append(d.Drafts, drafts[i]), append(d.Credited, credited...)
		}
	}
	return d, nil
}

// Write discards the drafts that can be.
func (d *Discarding) Write(ctx context.Context, to DiscardWriter) error {
	if len(d.Drafts) == 0 {
		return nil
	}
	if err := to.ReturnLines(ctx, d.Lines); err != nil {
		return err
	}
	return to.DeleteDrafts(ctx, d.Drafts, d.Billed, d.Credited)
}

// Refusal is why a draft is kept.
func (d *Discarding) Refusal(draft *Invoice) string {
	return fmt.Sprintf("draft %s could not be discarded: periods after those on it were billed of line %s: discard or void the invoices of those first, or finalize the draft",
		draft.ID, nameLines(d.Kept[draft.ID]))
}

// Finalize gives a draft its number. An etag that is not empty must be the draft's. An invoice that is finalized is
// answered as it is.
func (s *Service) Finalize(ctx context.Context, id ID, etag string) (Invoice, error) {
	invoice, err := resource.WriteGuarded(ctx, s.store, s.clock, func(ctx context.Context, w Writer) (Invoice, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil || invoice.State == Finalized {
			return invoice, err
		}
		if err := resource.CheckEtag("invoice", id, invoice.Revision, etag); err != nil {
			return Invoice{}, err
		}
		if invoice.State == Void {
			return Invoice{}, fault.New(fault.FailedPrecondition, reason.AlreadyVoid, "invoice %d was taken back already: %s", invoice.Number, invoice.Voiding.Reason)
		}
		if err := w.CountSettled(ctx, &invoice, DraftCount{Finalized: 1}); err != nil {
			return Invoice{}, err
		}
		drafts := []Invoice{invoice}
		err = w.FinalizeDrafts(ctx, drafts)
		return drafts[0], err
	})
	return s.withItems(ctx, invoice, resource.Explain(err, "invoice", id))
}

// Delete discards a draft. An etag that is not empty must be the draft's.
func (s *Service) Delete(ctx context.Context, id ID, etag string) error {
	_, err := resource.WriteGuarded(ctx, s.store, s.clock, func(ctx context.Context, w Writer) (struct{}, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil {
			return struct{}{}, err
		}
		if err := resource.CheckEtag("invoice", id, invoice.Revision, etag); err != nil {
			return struct{}{}, err
		}
		if invoice.State != Draft {
			return struct{}{}, fault.New(fault.FailedPrecondition, reason.NotADraft, "invoice %d has its number, so it is never deleted: void it instead", invoice.Number)
		}
		if err := w.CountSettled(ctx, &invoice, DraftCount{Discarded: 1}); err != nil {
			return struct{}{}, err
		}
		d, err := PlanDiscard(ctx, w, []Invoice{invoice})
		if err != nil {
			return struct{}{}, err
		}
		if len(d.Kept) > 0 {
			return struct{}{}, fault.New(fault.FailedPrecondition, reason.PeriodsNotLatest, "%s", d.Refusal(&invoice))
		}
		return struct{}{}, d.Write(ctx, w)
	})
	return resource.Explain(err, "invoice", id)
}

// withItems is an invoice with its items, which an outcome that was recorded for the request's key lacks.
func (s *Service) withItems(ctx context.Context, invoice Invoice, err error) (Invoice, error) {
	if err != nil {
		return Invoice{}, err
	}
	if invoice.Items == nil {
		whole, err := s.Get(ctx, invoice.ID)
		if err != nil {
			return Invoice{}, err
		}
		invoice.Items = whole.Items
	}
	return invoice, nil
}
