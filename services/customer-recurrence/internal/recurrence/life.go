package recurrence

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
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
	return mutation.Run(ctx, s.Service, step.run, options...)
}

func (s Step) run(ctx context.Context, w Writer) (Recurrence, error) {
	today, err := todayOf(ctx, w, w.Now())
	if err != nil {
		return Recurrence{}, err
	}
	return change(ctx, w, s.Key, s.Etag, today, &Change{Note: s.Note}, func(_ context.Context, _ Writer, r *Recurrence) error {
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
		if from.State == Cancelled && from.EndDate.Before(today) && !today.Before(from.PaidUntil) {
			return fault.New(fault.FailedPrecondition, reason.TooLate,
				"recurrence %s ended on %s, and nothing of it is paid today, %s: contract another", r.Key(), from.EndDate, today)
		}
	case Pause, Resume, End:
	}
	return err
}

// todayOf returns the date of an instant in the tenant's time zone.
func todayOf(ctx context.Context, r Reader, at time.Time) (date.Date, error) {
	settings, err := r.Settings(ctx)
	if err != nil {
		return date.Date{}, err
	}
	return settings.Today(at)
}
