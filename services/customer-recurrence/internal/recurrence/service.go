package recurrence

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service is what can be done with recurrences. Every error is a fault, or trouble of the store; nothing is changed when one
// is returned.
type Service struct {
	mutation.Service[Reader, Writer]
}

// New is the service on a store, at the time of a clock.
func New(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create contracts a recurrence for its customer; an id that is empty is made. Faults: Invalid, NotFound for the
// customer, AlreadyExists.
func (s *Service) Create(ctx context.Context, recurrence Recurrence, options ...mutation.Option) (Recurrence, error) {
	recurrence = recurrence.Prepared()
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Recurrence, error) {
		return Add(ctx, w, recurrence)
	}, options...)
}

// Prepared is a recurrence to contract, with what was left open filled in, not checked yet.
func (r Recurrence) Prepared() Recurrence {
	if r.ID == "" {
		r.ID = ID(id.New())
	}
	r.Price, r.Version = r.Price.Trim(0), 1
	return r
}

// Add contracts a recurrence that was prepared, as a part of a mutation.
func Add(ctx context.Context, w Writer, recurrence Recurrence) (Recurrence, error) {
	if _, err := w.Customer(ctx, recurrence.Customer); err != nil {
		return Recurrence{}, mutation.Explain(err, "customer", recurrence.Customer)
	}
	v := (&fault.Violations{}).In("recurrence")
	if err := recurrence.accept(ctx, w, v, Asked{Package: true, Services: true}); err != nil {
		return Recurrence{}, err
	}
	recurrence.CreateTime, recurrence.UpdateTime = w.Now(), w.Now()
	return recurrence, mutation.Explain(w.CreateRecurrence(ctx, recurrence), "recurrence", recurrence.Key())
}

// Asked is what a request asks for, even where it is so already: the package and the services are checked against the
// catalogue then.
type Asked struct{ Package, Services bool }

// accept is nil if the recurrence may be kept; else an Invalid fault of all its violations and of those in v.
func (r *Recurrence) accept(ctx context.Context, reader Reader, v *fault.Violations, asked Asked) error {
	r.check(v)
	if err := v.Err(); err != nil || !asked.Package && !asked.Services {
		return err
	}
	pack, err := reader.Package(ctx, r.PackageID)
	if errors.Is(err, mutation.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r.checkCatalogue(v, pack, asked)
	return v.Err()
}

// Get is one recurrence. Faults: NotFound.
func (s *Service) Get(ctx context.Context, key Key) (Recurrence, error) {
	return mutation.Get(ctx, s.Service, "recurrence", Reader.Recurrence, key)
}

// List is the recurrences that a query asks for. Faults: NotFound for a customer to whom the query is confined.
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

// confined is the one parent of all that a query asks for; ok is false if it asks for that of several.
func confined[ID ~string](query listing.Query, field string) (id ID, ok bool) {
	value, fixed := listing.Fixed(query.Where, field)
	text, isText := value.(string)
	return ID(text), fixed && isText
}
