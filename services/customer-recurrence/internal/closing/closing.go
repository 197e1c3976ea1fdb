// Package closing ends customers: it cancels them with their recurrences, undoes that, and merges
// duplicates.
//
//   - A cancellation ends the recurrences that are not cancelled yet, on the tenant's day. It knows
//     which, so that an undo brings back those and no others, each to the terms that it had.
//   - An undo is all or nothing: if something of one recurrence is lost, nothing comes back.
//   - A merge moves what a duplicate contracted to the customer that stays, under the ids that it has.
//     The duplicate stays as a name for it, for good.
package closing

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the customers of one tenant and what they contracted.
type Reader interface {
	customer.Reader
	recurrence.Reader
}

// Writer reads and writes the customers of one tenant and what they contracted.
type Writer interface {
	customer.Writer
	recurrence.Writer
	// MoveRecurrences moves all recurrences of a customer to another, with all that belongs to them. The
	// other must have none of their ids. The error is mutation.ErrStale if something was added to one of
	// them meanwhile.
	MoveRecurrences(ctx context.Context, from, to customer.ID) error
}

// Service offers the operations that end customers. Its errors are faults or errors of the store. If
// it returns an error, nothing was changed.
type Service struct {
	mutation.Service[Reader, Writer]
}

// New returns a service on a store that takes the time from clock.
func New(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Step names a customer and says why something is done to it.
type Step struct {
	// ID identifies the customer.
	ID customer.ID
	// Etag is the etag that the caller has read. Empty matches any.
	Etag string
	// Note is why, for the customer and the changes of its recurrences.
	Note string
}

// revise runs a mutation on one customer. Its outcome keeps the portal password, for the vendor's
// contract.
func (s *Service) revise(ctx context.Context, step Step, do func(context.Context, Writer, customer.Customer) (customer.Customer, error), options ...mutation.Option) (customer.Customer, error) {
	v := &fault.Violations{}
	if v.PlainText("note", step.Note, recurrence.MaxNote); v.Err() != nil {
		return customer.Customer{}, v.Err()
	}
	return mutation.RunAs(ctx, s.Service, func(ctx context.Context, w Writer) (customer.Recorded, error) {
		present, err := w.Customer(ctx, step.ID)
		if err != nil {
			return customer.Recorded{}, mutation.Explain(err, "customer", step.ID)
		}
		if err := mutation.CheckEtag("customer", step.ID, present, step.Etag); err != nil {
			return customer.Recorded{}, err
		}
		after, err := do(ctx, w, present)
		return customer.Record(after), err
	}, func(_ context.Context, _ Writer, after customer.Recorded) (customer.Customer, error) {
		return after.Whole(), nil
	}, options...)
}

// contracted returns the recurrences of a customer, in the order of their ids, or those that are not
// cancelled. Faults: FailedPrecondition if they are more than one mutation takes.
func contracted(ctx context.Context, w Writer, of customer.ID, onlyOpen bool) ([]recurrence.Recurrence, error) {
	where, remedy := listing.Is("customer", of), "to move, the most that one merge moves"
	if onlyOpen {
		remedy = "to end: cancel some of them first"
		where = listing.All(where, listing.Not{Condition: listing.Is("state", string(recurrence.Cancelled))})
	}
	found, err := w.Recurrences(ctx, listing.Query{Where: where, Order: []listing.Order{{Field: "customer"}, {Field: "recurrence"}}, Limit: customer.MaxEnded + 1})
	if err == nil && len(found) > customer.MaxEnded {
		err = fault.New(fault.FailedPrecondition, reason.TooMany, "customer %s has more than %d recurrences %s", of, customer.MaxEnded, remedy)
	}
	return found, err
}
