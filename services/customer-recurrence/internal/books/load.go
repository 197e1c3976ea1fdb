package books

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Set is a set of resources to load together. They are created in the order of the fields, so recurrences may
// refer to the customers and packages in the set. Recurrences start today.
type Set struct {
	Packages    []catalogue.Package
	Customers   []customer.Customer
	Recurrences []recurrence.Recurrence
}

// LoadIntoEmpty creates all resources of the set in one transaction if the tenant has no customer, package or
// service yet. Otherwise it does nothing.
func (s *Service) LoadIntoEmpty(ctx context.Context, set Set) error {
	_, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (loaded bool, err error) {
		empty, err := isEmpty(ctx, w)
		if err != nil || !empty {
			return false, err
		}
		return true, set.create(ctx, w)
	})
	return err
}

func isEmpty(ctx context.Context, r Reader) (bool, error) {
	one := listing.Query{Limit: 1}
	customers, err := r.Customers(ctx, one) // recurrences cannot exist without a customer
	if err != nil || len(customers) > 0 {
		return false, err
	}
	packages, err := r.Packages(ctx, one)
	if err != nil || len(packages) > 0 {
		return false, err
	}
	services, err := r.Services(ctx, one)
	return len(services) == 0, err
}

func (s Set) create(ctx context.Context, w Writer) error {
	for _, wanted := range s.Packages {
		pack, err := wanted.Prepared()
		if err == nil {
			_, err = catalogue.Add(ctx, w, pack)
		}
		if err != nil {
			return fmt.Errorf("loading package %s: %w", wanted.ID, err)
		}
	}
	for _, wanted := range s.Customers {
		prepared, err := wanted.Prepared()
		if err == nil {
			_, err = customer.Add(ctx, w, prepared)
		}
		if err != nil {
			return fmt.Errorf("loading customer %s: %w", wanted.ID, err)
		}
	}
	own, err := w.Settings(ctx)
	if err != nil {
		return err
	}
	today, err := own.Today(w.Now())
	if err != nil {
		return err
	}
	for _, wanted := range s.Recurrences {
		wanted.StartDate = today
		if _, err := recurrence.Add(ctx, w, wanted.Prepared()); err != nil {
			return fmt.Errorf("loading recurrence %s: %w", wanted.ID, err)
		}
	}
	return nil
}
