package recurrence

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service offers the operations on recurrences. Its errors are faults or errors of the store. If it
// returns an error, nothing was changed.
type Service struct {
	mutation.Service[Reader, Writer]
	sealer Sealer
}

// New returns a service on a store that takes the time from clock. sealer seals its quotes.
func New(store mutation.Store[Reader, Writer], clock clock.Clock, sealer Sealer) *Service {
	return &Service{Service: mutation.Service[Reader, Writer]{Store: store, Clock: clock}, sealer: sealer}
}

// Create contracts a recurrence for its customer and generates its id if it is empty. Unless it is a
// draft, it starts today if it has no start date. Faults: Invalid, NotFound for the customer, AlreadyExists.
func (s *Service) Create(ctx context.Context, recurrence Recurrence, options ...mutation.Option) (Recurrence, error) {
	return s.Contract(ctx, recurrence, Offer{}, options...)
}

// Contract does what Create does, and takes from the catalogue what the request leaves out, as its
// package's version of the start date offers it. Faults: those of Create.
func (s *Service) Contract(ctx context.Context, recurrence Recurrence, offer Offer, options ...mutation.Option) (Recurrence, error) {
	recurrence = recurrence.Prepared()
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Recurrence, error) {
		recurrence := recurrence
		day := recurrence.StartDate
		if day.IsZero() {
			today, err := settings.Today(ctx, w, w.Now())
			if err != nil {
				return Recurrence{}, err
			}
			day = today
		}
		if recurrence.State != Draft {
			recurrence.StartDate = day
		}
		priced, err := offer.take(ctx, w, &recurrence, day)
		if err != nil {
			return Recurrence{}, err
		}
		if !priced {
			return Recurrence{}, fault.InvalidField("recurrence.price", reason.Required,
				"must be given: the catalogue has no one price of it for the cycle and currency on %s", day)
		}
		return add(ctx, w, recurrence, true)
	}, options...)
}

// Prepared returns the recurrence with its defaults filled in. It does not check it.
func (r Recurrence) Prepared() Recurrence {
	if r.ID == "" {
		r.ID = ID(id.New())
	}
	if r.State == "" {
		r.State = Active
	}
	if r.Cycle == "" {
		r.Cycle = Monthly
	}
	r.Price, r.Version = r.Price.Trim(0), 1
	return r
}

// Add contracts a prepared recurrence within an import. Its customer and package may be inactive, and the
// catalogue enforces nothing.
func Add(ctx context.Context, w Writer, recurrence Recurrence) (Recurrence, error) {
	return add(ctx, w, recurrence, false)
}

// add contracts a prepared recurrence within a mutation. isNew refuses an inactive customer, and what the
// catalogue does not allow on the start date, or today without one.
func add(ctx context.Context, w Writer, recurrence Recurrence, isNew bool) (Recurrence, error) {
	owner, err := w.Customer(ctx, recurrence.Customer)
	if err != nil {
		return Recurrence{}, mutation.Explain(err, "customer", recurrence.Customer)
	}
	if isNew {
		if err := owner.Expect(customer.Active, "contract another recurrence"); err != nil {
			return Recurrence{}, err
		}
	}
	if isNew && owner.Inactive {
		return Recurrence{}, fault.InvalidField("parent", reason.Inactive, "customer %q is inactive", owner.ID)
	}
	v := (&fault.Violations{}).In("recurrence")
	recurrence.checkState(v)
	if isNew {
		recurrence.checkDates(v)
	}
	day := todayFor(ctx, w, w.Now())
	if !recurrence.StartDate.IsZero() {
		day = on(recurrence.StartDate)
	}
	// What is imported was contracted by the catalogue of its time.
	if err := recurrence.accept(ctx, w, day, v, Requested{Package: isNew, Services: isNew}, isNew); err != nil {
		return Recurrence{}, err
	}
	recurrence.CreateTime, recurrence.UpdateTime = w.Now(), w.Now()
	return recurrence, mutation.Explain(w.CreateRecurrence(ctx, recurrence), "recurrence", recurrence.Key())
}

// Requested tells which fields a request sets, even to their present values. Those are checked against
// the catalogue.
type Requested struct{ Package, Services bool }

// accept returns an Invalid fault with all violations of the recurrence and those in v, or nil.
// newPackage refuses a package that is inactive. The package's version is that of the day from which on
// the recurrence is to be as it is.
func (r *Recurrence) accept(ctx context.Context, reader Reader, day dayOf, v *fault.Violations, requested Requested, newPackage bool) error {
	r.check(v)
	if err := v.Err(); err != nil || !requested.Package && !requested.Services {
		return err
	}
	pack, err := reader.Package(ctx, r.PackageID)
	if errors.Is(err, mutation.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if newPackage && pack.Inactive {
		v.Add("package_id", reason.Inactive, "package %q is inactive", pack.ID)
	}
	var valid date.Date
	if len(pack.Versions) > 0 {
		if valid, err = day(); err != nil {
			return err
		}
	}
	r.checkCatalogue(v, pack, valid, requested)
	return v.Err()
}

// Delete removes a recurrence that has no change, and none scheduled. Faults: NotFound, Conflict, and FailedPrecondition
// if it has changed.
func (s *Service) Delete(ctx context.Context, key Key, etag string, options ...mutation.Option) error {
	return mutation.Delete(ctx, s.Service, recurrences, key, etag, func(ctx context.Context, w Writer, recurrence Recurrence) error {
		if changes := int64(recurrence.Version) - 1; changes > 0 {
			return fault.New(fault.FailedPrecondition, reason.InUse,
				"recurrence %s has changed (changes: %d) and is kept with its changes", key, changes)
		}
		count, err := w.ScheduledChangesOf(ctx, key)
		if err := mutation.Unused("recurrence", key, "scheduled changes", count, err); err != nil {
			return err
		}
		used, err := w.UsageTotalsOf(ctx, key)
		if err := mutation.Unused("recurrence", key, "usage totals", used, err); err != nil {
			return err
		}
		return w.DeleteRecurrence(ctx, recurrence)
	}, options...)
}

// Get returns one recurrence. Faults: NotFound.
func (s *Service) Get(ctx context.Context, key Key) (Recurrence, error) {
	return mutation.Get(ctx, s.Service, "recurrence", Reader.Recurrence, key)
}

// List returns the recurrences that match a query. Faults: NotFound if the query selects a customer
// that does not exist.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Recurrence, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Recurrence, error) {
		if id, ok := confined[customer.ID](query, "customer"); ok {
			if _, err := r.Customer(ctx, id); err != nil {
				return nil, mutation.Explain(err, "customer", id)
			}
		}
		return r.Recurrences(ctx, query)
	})
}

// confined returns the one parent that a query selects. It reports false if the query covers
// several.
func confined[ID ~string](query listing.Query, field string) (id ID, ok bool) {
	value, fixed := listing.Fixed(query.Where, field)
	text, isText := value.(string)
	return ID(text), fixed && isText
}
