package recurrence

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Step is one step of a recurrence through its life.
type Step struct {
	// Key identifies the recurrence.
	Key Key
	// Etag is the etag that the caller has read. Empty matches any.
	Etag string
	// By is the move.
	By Move
	// Note is why, for the Change.
	Note string
}

// Take takes a recurrence a step through its life and records a Change. Faults: Invalid, NotFound,
// Conflict if the etag is not the present one, and FailedPrecondition if its state or its dates do
// not allow the step.
func (s *Service) Take(ctx context.Context, step Step, options ...mutation.Option) (Recurrence, error) {
	v := &fault.Violations{}
	if v.PlainText("note", step.Note, MaxNote); v.Err() != nil {
		return Recurrence{}, v.Err()
	}
	return mutation.Run(ctx, s.Service, step.Run, options...)
}

// Run takes the step within a mutation.
func (s Step) Run(ctx context.Context, w Writer) (Recurrence, error) {
	today, err := settings.Today(ctx, w, w.Now())
	if err != nil {
		return Recurrence{}, err
	}
	if s.By == Undo {
		owner, err := w.Customer(ctx, s.Key.Customer)
		if err != nil {
			return Recurrence{}, mutation.Explain(err, "customer", s.Key.Customer)
		}
		if err := owner.Expect(customer.Active, "undo the cancellation of a recurrence"); err != nil {
			return Recurrence{}, err
		}
	}
	return change(ctx, w, s.Key, s.Etag, settlement{from: today}, &Change{Note: s.Note}, func(_ context.Context, _ Writer, r *Recurrence) error {
		return r.step(s.By, today)
	})
}

// step makes a move on a day.
func (r *Recurrence) step(by Move, today date.Date) (err error) {
	from := r.Terms
	if err := r.move(by); err != nil {
		return err
	}
	switch by {
	case Activate:
		if r.StartDate.IsZero() {
			r.StartDate = today
		}
	case CancelNow:
		r.EndDate = today
	case CancelAtEnd:
		r.EndDate, err = r.PeriodEnd(today)
	case Undo:
		r.EndDate = date.Date{}
		return r.checkLoss(from, today)
	case Pause, Resume, End:
	}
	return err
}

// checkLoss returns a fault if a recurrence ended so long ago that something of it is lost.
func (r *Recurrence) checkLoss(ended Terms, today date.Date) error {
	if ended.State == Cancelled && ended.EndDate.Before(today) && !today.Before(ended.PaidUntil) {
		return fault.New(fault.FailedPrecondition, reason.TooLate,
			"recurrence %s ended on %s, and nothing of it is paid today, %s: contract another", r.Key(), ended.EndDate, today)
	}
	return nil
}

// Restore gives a cancelled recurrence the terms that it had before its cancellation, within a mutation:
// other than an undo, also the end date of one that was cancelling. Faults: those of an undo.
func Restore(ctx context.Context, w Writer, key Key, note string) (Recurrence, error) {
	today, err := settings.Today(ctx, w, w.Now())
	if err != nil {
		return Recurrence{}, err
	}
	return change(ctx, w, key, "", settlement{from: today}, &Change{Note: note}, func(ctx context.Context, w Writer, r *Recurrence) error {
		ended := r.Terms
		if err := r.step(Undo, today); err != nil {
			return err
		}
		last, err := w.Change(ctx, ChangeKey{Key: key, Version: r.Version})
		if err != nil {
			return mutation.Explain(err, "change", ChangeKey{Key: key, Version: r.Version})
		}
		if before := last.Difference.OldTerms; before != nil && ended.State == Cancelled {
			r.Terms = *before
		}
		return nil
	})
}

// dayOf tells a day once it is needed.
type dayOf func() (date.Date, error)

// on tells a given day.
func on(day date.Date) dayOf { return func() (date.Date, error) { return day, nil } }

// todayFor tells the date of an instant in the tenant's time zone.
func todayFor(ctx context.Context, r Reader, at time.Time) dayOf {
	return func() (date.Date, error) { return settings.Today(ctx, r, at) }
}
