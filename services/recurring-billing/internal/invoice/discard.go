package invoice

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// HeldLine is a line that a draft bills.
type HeldLine struct {
	Line    line.ID
	Invoice ID
	// Span holds the days that the draft bills.
	billing.Span
	// Next is the first unbilled day of the line, and Version its version.
	Next    date.Date
	Version int64
	// Before is the first day of the last part billed before Span, or zero if there is none.
	Before date.Date
	// Started, BillDay, Anchor and Cycle define the line's schedule.
	Started date.Date
	BillDay int
	Anchor  date.Date
	Cycle   line.BillCycle
	// Paused tells that the line has pauses that begin before the end of Span or before Next, so that
	// days between others, or before Next, may not be billed.
	Paused bool
}

// ReturnedLine is the state that a line returns to when the draft that bills it is discarded.
type ReturnedLine struct {
	Line line.ID
	// Version is the version that the line must be at.
	Version int64
	// Next is the first unbilled day, and Last the first day of the last billed part, or zero if
	// there is none.
	Next, Last date.Date
	// Unbilled holds days before Next that are to be billed at once. They replace those of the line if
	// SetsUnbilled.
	Unbilled     []billing.Span
	SetsUnbilled bool
}

// Discarding holds the drafts to discard and the drafts that cannot be discarded.
type Discarding struct {
	Drafts []Invoice
	// Lines holds the lines to move back.
	Lines []ReturnedLine
	// Billed holds the lines that the drafts bill, and Credited the lines whose credits they carry.
	Billed, Credited []line.ID
	// Kept maps each draft that is kept to its lines that were billed further.
	Kept map[ID][]Further
}

// PlanDiscard works out what happens to drafts and their lines. The drafts must have their items. A
// draft is kept if one of its lines was billed further, because moving the line back would take
// days from the later invoice. Days on a draft are never credited, so no line has a credit for
// them.
func PlanDiscard(ctx context.Context, r HeldReader, drafts []Invoice) (Discarding, error) {
	d := Discarding{Kept: map[ID][]Further{}}
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
	adjusted, err := adjustedLines(ctx, r, held)
	if err != nil {
		return d, err
	}
	returned := map[HeldLine]ReturnedLine{}
	for _, l := range held {
		var further []billing.Span
		if adjusted[l.Line] {
			if returned[l], further, err = returnAdjusted(ctx, r, l); err != nil {
				return d, err
			}
		} else if l.Next != l.End {
			further = []billing.Span{{Start: l.End, End: l.Next}}
		}
		if len(further) > 0 {
			d.Kept[l.Invoice] = append(d.Kept[l.Invoice], Further{l.Line, further})
		}
	}
	for _, l := range held {
		if len(d.Kept[l.Invoice]) > 0 {
			continue
		}
		if adjusted[l.Line] {
			d.Billed, d.Lines = append(d.Billed, l.Line), append(d.Lines, returned[l])
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

// adjustedLines returns the lines that were not always billed in the order of their days: days of them
// were credited to be billed no more, or paused.
func adjustedLines(ctx context.Context, r HeldReader, held []HeldLine) (map[line.ID]bool, error) {
	lines := make([]line.ID, len(held))
	for i, l := range held {
		lines[i] = l.Line
	}
	given, err := r.GivenCredits(ctx, lines)
	if err != nil {
		return nil, err
	}
	adjusted := map[line.ID]bool{}
	for _, l := range held {
		if l.Paused {
			adjusted[l.Line] = true
		}
	}
	for _, credit := range given {
		if credit.Kind != "" {
			adjusted[credit.Line] = true
		}
	}
	return adjusted, nil
}

// returnAdjusted works out what an adjusted line returns to, or the days that it was billed for since.
func returnAdjusted(ctx context.Context, r HeldReader, held HeldLine) (to ReturnedLine, further []billing.Span, err error) {
	periods, err := r.BilledPeriods(ctx, held.Invoice, []line.ID{held.Line})
	if err != nil {
		return to, nil, err
	}
	l, further, err := releaseLine(ctx, r, held.Invoice, periods)
	return ReturnedLine{Line: l.ID, Version: held.Version, Next: l.NextCycle, Last: l.LastCycle, Unbilled: l.Unbilled, SetsUnbilled: true}, further, err
}

// Write discards the drafts.
func (d *Discarding) Write(ctx context.Context, to DiscardWriter) error {
	if len(d.Drafts) == 0 {
		return nil
	}
	if err := to.ReturnLines(ctx, d.Lines); err != nil {
		return err
	}
	return to.DeleteDrafts(ctx, d.Drafts, d.Billed, d.Credited)
}

// Refusal tells why a draft is kept.
func (d *Discarding) Refusal(draft *Invoice) string {
	return fmt.Sprintf("draft %s could not be discarded: days after those on it were already billed for %s: discard or void the later invoices first, or finalize the draft",
		draft.ID, nameFurther(d.Kept[draft.ID]))
}
