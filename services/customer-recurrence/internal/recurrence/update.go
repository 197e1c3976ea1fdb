package recurrence

import (
	"context"
	"errors"
	"slices"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Update describes a change to a recurrence, effective immediately.
type Update struct {
	// Key identifies the recurrence.
	Key Key
	// Etag is the etag that the caller has read. Empty matches any.
	Etag string
	// Revise applies the request to the recurrence. It may replace the slice of services but must
	// not write into it. It adds violations of the request, with field paths relative to the
	// recurrence.
	Revise func(*Recurrence, *fault.Violations) error
	// Requested tells which fields the request sets, even to their present values.
	Requested Requested
}

// recordedUpdate is the outcome of an update as recorded for an idempotency key.
type recordedUpdate struct {
	Customer   customer.Recorded `json:"customer"`
	Recurrence Recurrence        `json:"recurrence"`
}

// HoldsSecret reports whether the record holds the customer's portal password.
func (r recordedUpdate) HoldsSecret() bool { return r.Customer.HoldsSecret() }

// Updated is a recurrence after an update, with its customer.
type Updated struct {
	Customer   customer.Customer
	Recurrence Recurrence
}

// ErrNoCustomer is wrapped by the error of an Update whose customer does not exist.
var ErrNoCustomer = errors.New("updating a recurrence of this customer")

var recurrences = mutation.Resource[Key, Recurrence, Writer]{
	What: "recurrence", Find: Writer.Recurrence, Keep: Writer.UpdateRecurrence,
}

// Update changes a recurrence and records a Change. Faults: Invalid, NotFound, and Conflict if the
// etag is not the present one.
func (s *Service) Update(ctx context.Context, update Update, options ...mutation.Option) (Updated, error) {
	options = append(options, mutation.On("recurrence", update.Key), mutation.Ahead(func(ctx context.Context, w Writer) {
		_, _ = w.Customer(ctx, update.Key.Customer)
		_, _ = w.Recurrence(ctx, update.Key)
	}))
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

// run applies the update and stores the recurrence with its Change. It writes nothing if nothing
// changes.
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

// revise applies the request to the recurrence and checks the result.
func (u Update) revise(ctx context.Context, w Writer, r *Recurrence) error {
	before, requested, v := *r, u.Requested, (&fault.Violations{}).In("recurrence")
	if err := u.Revise(r, v); err != nil {
		return err
	}
	requested.Package = requested.Package || r.PackageID != before.PackageID
	requested.Services = requested.Services || !slices.Equal(r.Services, before.Services)
	r.Price = r.Price.Trim(0)
	return r.accept(ctx, w, v, requested, r.PackageID != before.PackageID)
}
