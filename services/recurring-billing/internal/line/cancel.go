package line

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Cancellation is that and why a line was cancelled. The zero Cancellation is none.
type Cancellation struct {
	// Reason is why, empty for a line that is not cancelled.
	Reason ReasonCode `json:"reason_code"`
	// FormerEnd is the line's end before, none where it went on.
	FormerEnd date.Date `json:"former_end_date"`
	// Credit is what is credited for billed days after the end, which is what they were billed for; no amount where nothing
	// is.
	Credit money.Amount `json:"credit,omitzero"`
	// Pending tells that no invoice carries the credit yet.
	Pending bool `json:"credit_pending,omitempty"`
}

// Cancelled reports whether the line was cancelled; it may have an end without that.
func (l Line) Cancelled() bool { return l.Cancellation.Reason != "" }

// Credit is what a bill-to gets back for days of a line that it was billed for and that the line no longer has. The next
// run's invoice carries it.
type Credit struct {
	Line ID
	// BillTo is who is billed for the line: its master account's bill-to, or its own.
	BillTo catalogue.BillToID
	// From is the first credited day, To the first after them.
	From, To date.Date
	// Amount is what is credited, above zero.
	Amount money.Amount
	Reason ReasonCode
}

// Cancel is from when and why a line is to be cancelled.
type Cancel struct {
	// ID is the line that the cancellation says it is for; 0 says nothing, any other must be the line's own.
	ID ID
	// Etag, if not empty, must be the line's.
	Etag string
	// Effective is the first day that is no longer billed: the line's end.
	Effective date.Date
	Reason    ReasonCode
	// Credit credits the days from Effective on that are billed already with what they were billed for.
	Credit bool
}

// Cancel cancels a line from a date on, or only tells what would become of it.
func (s *Service) Cancel(ctx context.Context, id ID, cancel Cancel) (Line, error) {
	return s.changeLine(ctx, id, cancel.Etag, func(ctx context.Context, w Writer, line *Line) error {
		if err := line.cancel(cancel); err != nil || !cancel.Credit || !line.End.Before(line.NextCycle) {
			return err
		}
		return creditBilled(ctx, w, line)
	})
}

// KeepPendingCredit keeps the credit of a cancelled line for an invoice of whoever is billed for the line, if it waits for
// one.
func KeepPendingCredit(ctx context.Context, w CreditWriter, line Line) error {
	if !line.Cancellation.Pending {
		return nil
	}
	credit := line.pendingCredit()
	if line.MasterAccount != "" {
		master, err := w.MasterAccount(ctx, line.MasterAccount)
		if err != nil {
			return fmt.Errorf("crediting line %d: %w", line.ID, err)
		}
		credit.BillTo = master.BillTo
	}
	return w.CreateCredit(ctx, credit)
}

// pendingCredit is the credit of the line's own bill-to for the days from its end on that are billed.
func (l Line) pendingCredit() Credit {
	return Credit{
		Line: l.ID, BillTo: l.BillTo, From: l.End, To: l.NextCycle, Amount: l.Cancellation.Credit, Reason: l.Cancellation.Reason,
	}
}

// cancel ends the line, without a credit.
func (l *Line) cancel(cancel Cancel) error {
	var v fault.Violations
	checkID(&v, cancel.ID, l.ID)
	checkReason(&v, FieldReason, cancel.Reason)
	checkEffective(&v, cancel.Effective, l.Start)
	if !l.End.IsZero() && l.End.Before(cancel.Effective) {
		v.Add(FieldEffective, reason.AfterEnd, "must not lie after %s, when the line ends anyway", l.End)
	}
	if l.Cancelled() {
		return fault.New(fault.FailedPrecondition, reason.AlreadyCancelled, "line %d is cancelled as of %s already: take that back first", l.ID, l.End)
	}
	if err := v.Err(); err != nil {
		return err
	}
	l.End, l.Cancellation = cancel.Effective, Cancellation{Reason: cancel.Reason, FormerEnd: l.End}
	return nil
}

// billedFor is what the line costs from one day to another, as cycle runs bill it.
func (l Line) billedFor(from, to date.Date) (money.Amount, error) {
	billed := billing.Billable{
		ID: int32(l.ID), Start: l.Start, End: to, BillDay: l.BillDay, Anchor: l.Anchor, Months: l.BillCycle.Months(), Unbilled: from,
		Rates: make([]billing.Price, len(l.Rates)),
	}
	for i, rate := range l.Rates {
		billed.Rates[i] = billing.Price{From: rate.Effective, Monthly: rate.MonthlyAmount.Minor()}
	}
	charges, _, err := billed.Due(to.AddDays(-1))
	if err != nil {
		return money.Amount{}, fmt.Errorf("crediting line %d: %w", l.ID, err)
	}
	var total int64
	for _, charge := range charges {
		total += charge.Amount
	}
	return l.MonthlyAmount().Currency.OfMinor(total)
}

// Uncancel withdraws the cancellation of a line, as if it had never been, unless its credit was billed.
func (s *Service) Uncancel(ctx context.Context, id ID, etag string) (Line, error) {
	return s.changeLine(ctx, id, etag, func(ctx context.Context, w Writer, line *Line) error {
		if !line.Cancelled() {
			return fault.New(fault.FailedPrecondition, reason.NotCancelled, "line %d is not cancelled", id)
		}
		if !line.Cancellation.Credit.IsZero() {
			err := w.DeleteCredit(ctx, id)
			if errors.Is(err, mutation.ErrNotFound) {
				return creditStays(ctx, w, *line)
			}
			if err != nil {
				return err
			}
		}
		line.End, line.Cancellation = line.Cancellation.FormerEnd, Cancellation{}
		return nil
	})
}
