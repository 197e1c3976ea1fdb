package recurrence

import (
	"context"
	"errors"
	"slices"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Update is a change to make to a recurrence, at once.
type Update struct {
	// Key names what to change.
	Key Key
	// Etag is the etag that the caller has read; empty: any.
	Etag string
	// Revise makes of the recurrence what is asked for. It replaces its services and does not write into them. What is wrong
	// with the request as such it adds to the violations, whose fields are those of the recurrence.
	Revise func(*Recurrence, *fault.Violations) error
	// Asked is what is asked for beside what changes.
	Asked Asked
}

// recordedUpdate is the outcome of an update of a recurrence.
type recordedUpdate struct {
	Customer   customer.Recorded `json:"customer"`
	Recurrence Recurrence        `json:"recurrence"`
}

// Updated is a recurrence after an update, and its customer.
type Updated struct {
	Customer   customer.Customer
	Recurrence Recurrence
}

// ErrNoCustomer is in the chain of an Update that failed at the customer, not at the recurrence.
var ErrNoCustomer = errors.New("updating a recurrence of this customer")

var recurrences = mutation.Resource[Key, Recurrence, Writer]{
	What: "recurrence", Find: Writer.Recurrence, Keep: Writer.UpdateRecurrence,
}

// Update makes a change and keeps what it was as a Change. Faults: Invalid, NotFound, Conflict for an etag that
// is not the present one.
func (s *Service) Update(ctx context.Context, update Update, options ...mutation.Option) (Updated, error) {
	return mutation.RunAs(ctx, s.Service, func(ctx context.Context, w Writer) (recordedUpdate, error) {
		owner, err := w.Customer(ctx, update.Key.Customer)
		if err != nil {
			return recordedUpdate{}, mutation.Explain(errors.Join(ErrNoCustomer, err), "customer", update.Key.Customer)
		}
		after, err := update.run(ctx, w)
		return recordedUpdate{Customer: customer.Record(owner), Recurrence: after}, err
	}, func(_ context.Context, _ Writer, updated recordedUpdate) (Updated, error) {
		return Updated{Customer: updated.Customer.Whole(), Recurrence: updated.Recurrence}, nil
	}, options...)
}

// run keeps what the update makes of the recurrence, together with the difference. An update that changes nothing writes
// nothing.
func (u Update) run(ctx context.Context, w Writer) (Recurrence, error) {
	var difference Difference
	after, changed, err := mutation.Revise(ctx, w, recurrences, u.Key, u.Etag, func(ctx context.Context, w Writer, r *Recurrence) (err error) {
		before := *r
		if err := u.revise(ctx, w, r); err != nil {
			return err
		}
		difference, err = Compare(before, *r)
		if difference.IsEmpty() {
			*r = before
		}
		return err
	})
	if err != nil || !changed {
		return after, err
	}
	change := Change{
		Customer: after.Customer, Recurrence: after.ID, Version: after.Version,
		Difference: difference, Actor: w.Caller().Actor, CreateTime: w.Now(),
	}
	return after, mutation.Explain(w.CreateChange(ctx, change), "change", change.Key())
}

// revise makes of a recurrence what is asked for, if it may be so.
func (u Update) revise(ctx context.Context, w Writer, r *Recurrence) error {
	before, asked, v := *r, u.Asked, (&fault.Violations{}).In("recurrence")
	if err := u.Revise(r, v); err != nil {
		return err
	}
	asked.Package = asked.Package || r.PackageID != before.PackageID
	asked.Services = asked.Services || !slices.Equal(r.Services, before.Services)
	r.Price = r.Price.Trim(0)
	return r.accept(ctx, w, v, asked)
}
