package recurrence

import (
	"context"
	"errors"
	"slices"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
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
	// allowed means that the catalogue allowed it when it was quoted. It is not asked again.
	allowed bool
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
	return change(ctx, w, u.Key, u.Etag, settlement{}, &Change{}, func(ctx context.Context, w Writer, r *Recurrence) error {
		if err := r.changeable(); err != nil {
			return err
		}
		return u.revise(ctx, w, todayFor(ctx, w, w.Now()), r)
	})
}

// settlement says how a change settles days that are paid: from which day on, by default from today, and by
// which rule, by default the tenant's present one.
type settlement struct {
	from      date.Date
	proration settings.Proration
}

// change applies revise to a recurrence and stores it with its Change, of which made holds what
// revise does not tell. It writes nothing if nothing changes, and leaves made without a version.
func change(ctx context.Context, w Writer, key Key, etag string, by settlement, made *Change, revise func(context.Context, Writer, *Recurrence) error) (Recurrence, error) {
	after, changed, err := mutation.Revise(ctx, w, recurrences, key, etag, func(ctx context.Context, w Writer, r *Recurrence) (err error) {
		before := *r
		if err := revise(ctx, w, r); err != nil {
			return err
		}
		made.Difference, err = Compare(before, *r)
		if err != nil || made.Difference.IsEmpty() {
			*r = before
			return err
		}
		made.Lines, err = settled(ctx, w, before, *r, by)
		return err
	})
	if err != nil || !changed {
		return after, err
	}
	made.Customer, made.Recurrence, made.Version = after.Customer, after.ID, after.Version
	if made.CreateTime = w.Now(); made.Actor == "" {
		made.Actor = w.Caller().Actor
	}
	return after, mutation.Explain(w.CreateChange(ctx, *made), "change", made.Key())
}

// settled returns what a change credits and charges.
func settled(ctx context.Context, w Writer, before, after Recurrence, by settlement) ([]Line, error) {
	if before.PaidUntil.IsZero() && after.PaidUntil.IsZero() {
		return nil, nil
	}
	own, err := w.Settings(ctx)
	if err != nil {
		return nil, err
	}
	if by.from.IsZero() {
		if by.from, err = own.Today(w.Now()); err != nil {
			return nil, err
		}
	}
	if by.proration == "" {
		by.proration = own.Proration
	}
	return settle(before, after, by.from, by.proration)
}

// revise applies the request to the recurrence and checks the result, as of the day from which on it holds.
func (u Update) revise(ctx context.Context, reader Reader, day dayOf, r *Recurrence) error {
	before, requested, v := *r, u.Requested, (&fault.Violations{}).In("recurrence")
	if err := u.Revise(r, v); err != nil {
		return err
	}
	requested.Package = requested.Package || r.PackageID != before.PackageID
	requested.Services = requested.Services || !slices.Equal(r.Services, before.Services)
	r.Price = r.Price.Trim(0)
	if r.StartDate != before.StartDate || r.PaidUntil != before.PaidUntil {
		r.checkDates(v)
	}
	if u.allowed {
		return r.accept(ctx, reader, day, v, Requested{}, false)
	}
	if err := checkNext(ctx, reader, v, before.PackageID, r.PackageID); err != nil {
		return err
	}
	return r.accept(ctx, reader, day, v, requested, r.PackageID != before.PackageID)
}
