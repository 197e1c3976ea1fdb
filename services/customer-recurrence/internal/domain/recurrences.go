package domain

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// CreateRecurrence contracts a recurrence for its customer; an id that is empty is made. Faults: Invalid, NotFound for the
// customer, AlreadyExists.
func (s *Service) CreateRecurrence(ctx context.Context, recurrence Recurrence, options ...mutation.Option) (Recurrence, error) {
	recurrence = recurrence.prepared()
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Recurrence, error) {
		return createRecurrence(ctx, w, recurrence)
	}, options...)
}

// prepared is a recurrence to contract, with what was left open filled in, not checked yet.
func (r Recurrence) prepared() Recurrence {
	if r.ID == "" {
		r.ID = RecurrenceID(id.New())
	}
	r.Price, r.Version = r.Price.Trim(0), 1
	return r
}

func createRecurrence(ctx context.Context, w Writer, recurrence Recurrence) (Recurrence, error) {
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

// Recurrence is one recurrence. Faults: NotFound.
func (s *Service) Recurrence(ctx context.Context, key RecurrenceKey) (Recurrence, error) {
	return mutation.Get(ctx, s.Service, "recurrence", Reader.Recurrence, key)
}

// Recurrences is the recurrences that a query asks for. Faults: NotFound for a customer to whom the query is confined.
func (s *Service) Recurrences(ctx context.Context, query listing.Query) ([]Recurrence, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Recurrence, error) {
		if id, ok := confined[CustomerID](query, "customer"); ok {
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
