package line

import (
	"context"
	"errors"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Cancellation records when and why a line was cancelled. The zero Cancellation means that the line
// is not cancelled.
type Cancellation struct {
	// Reason is the reason of the cancellation, or empty for a line that is not cancelled.
	Reason ReasonCode `json:"reason_code"`
	// FormerEnd is the line's end before the cancellation, or zero if it had none.
	FormerEnd date.Date `json:"former_end_date"`
	// Credit is the amount credited for billed days after the end: the amount they were charged. It
	// is zero if none is credited.
	Credit money.Amount `json:"credit,omitzero"`
	// Pending tells that no invoice carries the credit, or a part of it, yet.
	Pending bool `json:"credit_pending,omitempty"`
	// Number counts the cancellations of a tenant. The store gives the next one to a cancellation without.
	Number CancellationNumber `json:"tracking_number,omitempty"`
	Note
}

// CancellationNumber is the number of a cancellation. (Sedona: CancelledRMRTrackingId.)
type CancellationNumber int32

// maxBrought is the highest number that a cancellation can bring: enough others are left to follow it.
const maxBrought CancellationNumber = 2_000_000_000

// Cancelled names the line that a cancellation is of.
type Cancelled struct {
	Line   ID
	Number CancellationNumber
}

// CheckNumber returns a fault if the number that a line's cancellation brings is that of another line's.
func (l *Line) CheckNumber(taken []Cancelled) error {
	other := slices.IndexFunc(taken, func(c Cancelled) bool { return c.Number == l.Cancellation.Number && c.Line != l.ID })
	if l.Cancellation.Number == 0 || other < 0 {
		return nil
	}
	return fault.InvalidField(inCancellation+fieldNumber, reason.AlreadyExists, "must be a number that no other cancellation has: %d is that of line %d", l.Cancellation.Number, taken[other].Line)
}

// Cancelled reports whether the line was cancelled. A line can also have an end without being
// cancelled.
func (l Line) Cancelled() bool { return l.Cancellation.Reason != "" }

// Credit is an amount owed to a bill-to for days that it was charged and the line no longer has. The
// invoice of the next run carries it.
type Credit struct {
	// BillTo is the bill-to that was charged for the days.
	BillTo catalogue.BillToID `json:"bill_to_id"`
	// From is the first credited day, and To the day after the last.
	From date.Date `json:"from_date"`
	To   date.Date `json:"to_date"`
	// Amount is the credited amount. It is 0.00 only for days that were billed at nothing and are
	// billed no more; no invoice carries it.
	Amount money.Amount `json:"amount"`
	Reason ReasonCode   `json:"reason_code"`
	// Kind tells why it was granted: empty for a cancellation.
	Kind CreditKind `json:"kind,omitempty"`
	// Of is the id of the invoice that billed the days; it is empty for a cancellation, and for days
	// that were billed elsewhere.
	Of string `json:"of_invoice_id,omitempty"`
	// Invoice is the id of the invoice that carries the credit, or empty if none does yet.
	Invoice string `json:"invoice_id,omitempty"`
	// Elsewhere is how those of the days were priced that were billed elsewhere, before the line was
	// imported, in order. Empty without such days, and in credits of older programs.
	Elsewhere []billing.PricedDays `json:"billed_elsewhere,omitempty"`
}

// CreditKind tells why billed days of a line were credited.
type CreditKind string

// The kinds of credits, besides that of a cancellation. Their days are billed no more.
const (
	// OfRate is for days that are billed again at another rate.
	OfRate CreditKind = "RATE"
	// OfPause is for days on which the line is paused.
	OfPause CreditKind = "PAUSE"
)

// Valid reports whether k is one of the kinds of credits.
func (k CreditKind) Valid() bool { return k == "" || k == OfRate || k == OfPause }

// Span returns the credited days.
func (c Credit) Span() billing.Span { return billing.Span{Start: c.From, End: c.To} }

// Cancel is a request to cancel a line.
type Cancel struct {
	// ID must be the number of the line, or 0.
	ID ID
	// Etag, if not empty, must match the line's.
	Etag string
	// Effective is the first day that is no longer billed: the line's new end.
	Effective date.Date
	Reason    ReasonCode
	Note      Note
	// Credit tells whether to credit the days from Effective on that are already billed, at the
	// amount they were billed.
	Credit bool
}

// Cancel cancels a line from a date on.
func (s *Service) Cancel(ctx context.Context, id ID, cancel Cancel) (Line, error) {
	return s.changeLine(ctx, id, cancel.Etag, func(ctx context.Context, w Writer, line *Line) error {
		if err := line.cancel(cancel); err != nil || !cancel.Credit || !line.End.Before(line.NextCycle) {
			return err
		}
		return creditBilled(ctx, w, line)
	})
}

// KeepCredits stores the credits of a new line.
func KeepCredits(ctx context.Context, w CreditWriter, line Line) error {
	return keepCredits(ctx, w, line.ID, line.Credits)
}

func keepCredits(ctx context.Context, w CreditWriter, line ID, credits []Credit) error {
	for _, credit := range credits {
		if err := w.CreateCredit(ctx, line, credit); err != nil {
			return err
		}
	}
	return nil
}

// cancel ends the line, without a credit.
func (l *Line) cancel(cancel Cancel) error {
	var v fault.Violations
	checkID(&v, cancel.ID, l.ID)
	CheckReason(&v, FieldReason, cancel.Reason)
	checkNote(&v, "", cancel.Note)
	checkEffective(&v, cancel.Effective, l.Start)
	if !l.End.IsZero() && l.End.Before(cancel.Effective) {
		v.Add(FieldEffective, reason.AfterEnd, "must not lie after %s, when the line ends anyway", l.End)
	}
	if l.Cancelled() {
		return fault.New(fault.FailedPrecondition, reason.AlreadyCancelled, "line %d is cancelled as of %s already: uncancel it first", l.ID, l.End)
	}
	if err := v.Err(); err != nil {
		return err
	}
	l.End, l.Cancellation = cancel.Effective, Cancellation{Reason: cancel.Reason, FormerEnd: l.End, Note: cancel.Note}
	return nil
}

// Uncancel withdraws the cancellation of a line, which becomes what it was before. It fails if the
// credit was already billed.
func (s *Service) Uncancel(ctx context.Context, id ID, etag string) (Line, error) {
	return s.changeLine(ctx, id, etag, func(ctx context.Context, w Writer, line *Line) error {
		if !line.Cancelled() {
			return fault.New(fault.FailedPrecondition, reason.NotCancelled, "line %d is not cancelled", id)
		}
		if !line.Cancellation.Credit.IsZero() {
			err := w.DeleteCredits(ctx, id)
			if errors.Is(err, mutation.ErrNotFound) {
				return creditStays(ctx, w, *line)
			}
			if err != nil {
				return err
			}
		}
		line.End, line.Cancellation = line.Cancellation.FormerEnd, Cancellation{}
		line.Credits = slices.DeleteFunc(slices.Clone(line.Credits), func(c Credit) bool { return c.Kind == "" })
		return nil
	})
}
