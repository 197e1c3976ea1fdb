package closing

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Cancel cancels a customer and its recurrences, today by the tenant's time zone. Faults: Invalid,
// NotFound, Conflict if the etag is not the present one, and FailedPrecondition unless it is Active.
func (s *Service) Cancel(ctx context.Context, step Step, options ...mutation.Option) (customer.Customer, error) {
	return s.revise(ctx, step, func(ctx context.Context, w Writer, present customer.Customer) (customer.Customer, error) {
		if err := present.Expect(customer.Active, "cancel"); err != nil {
			return present, err
		}
		return cancel(ctx, w, present, step.Note)
	}, options...)
}

// End does what Cancel does, and answers a customer that is cancelled already as it is.
func (s *Service) End(ctx context.Context, step Step, options ...mutation.Option) (customer.Customer, error) {
	return s.revise(ctx, step, func(ctx context.Context, w Writer, present customer.Customer) (customer.Customer, error) {
		if present.State == customer.Cancelled {
			return present, nil
		}
		if err := present.Expect(customer.Active, "cancel"); err != nil {
			return present, err
		}
		return cancel(ctx, w, present, step.Note)
	}, options...)
}

func cancel(ctx context.Context, w Writer, present customer.Customer, note string) (customer.Customer, error) {
	own, err := w.Settings(ctx)
	if err != nil {
		return present, err
	}
	today, err := own.Today(w.Now())
	if err != nil {
		return present, err
	}
	open, err := contracted(ctx, w, present.ID, true)
	if err != nil {
		return present, err
	}
	ended := &customer.Cancellation{Day: today, Note: note}
	for _, one := range open {
		step := recurrence.Step{Key: one.Key(), By: recurrence.CancelNow, Note: note}
		if _, err := step.Run(ctx, w); err != nil {
			return present, err
		}
		ended.RecurrenceIDs = append(ended.RecurrenceIDs, string(one.ID))
	}
	present.State, present.Cancellation = customer.Cancelled, ended
	return present, mutation.Explain(w.UpdateCustomer(ctx, &present), "customer", present.ID)
}

// Undo undoes a cancellation: the customer is Active again, and the recurrences that ended with it
// have the terms that they had. Faults: Invalid, NotFound, Conflict if the etag is not the present
// one, and FailedPrecondition unless it is Cancelled, or if something of a recurrence is lost.
func (s *Service) Undo(ctx context.Context, step Step, options ...mutation.Option) (customer.Customer, error) {
	return s.revise(ctx, step, func(ctx context.Context, w Writer, present customer.Customer) (customer.Customer, error) {
		if err := present.Expect(customer.Cancelled, "undo"); err != nil {
			return present, err
		}
		ended := present.Cancellation.RecurrenceIDs
		present.State, present.Cancellation = customer.Active, nil
		if err := w.UpdateCustomer(ctx, &present); err != nil {
			return present, mutation.Explain(err, "customer", present.ID)
		}
		for _, id := range ended {
			if _, err := recurrence.Restore(ctx, w, recurrence.Key{Customer: present.ID, Recurrence: recurrence.ID(id)}, step.Note); err != nil {
				return present, err
			}
		}
		return present, nil
	}, options...)
}
