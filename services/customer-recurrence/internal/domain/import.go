package domain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Resource is a resource that can be imported: a Customer, a Package, a Recurrence or a Change.
type Resource interface {
	importTo(ctx context.Context, w Writer) (intake.Outcome, error)
}

// Import imports resources with their ids: an outcome each, in their order, all in one transaction. Those that others
// name stand before them; the changes of a recurrence follow it in the order of their versions. A resource is checked as
// a new one is. One that is there already, the same but for its version and times, stays as it is; another of its id is an
// AlreadyExists fault. A portal's password counts for a new customer alone. An error means that nothing was kept.
func (s *Service) Import(ctx context.Context, resources []Resource) ([]intake.Outcome, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) ([]intake.Outcome, error) {
		outcomes := make([]intake.Outcome, len(resources))
		for i, resource := range resources {
			var err error
			if outcomes[i], err = resource.importTo(ctx, w); err != nil {
				return nil, err
			}
		}
		return outcomes, nil
	}, mutation.Unrecorded())
}

func (c Customer) importTo(ctx context.Context, w Writer) (intake.Outcome, error) {
	customer, err := c.prepared()
	if err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (Customer, error) { return w.Customer(ctx, customer.ID) }, mutation.ErrNotFound,
		func(present Customer) bool {
			if c.UID == "" {
				customer.UID = present.UID
			}
			present.Version, present.CreateTime, present.UpdateTime = customer.Version, customer.CreateTime, customer.UpdateTime
			return same(customer, present)
		},
		func() error {
			_, err := createCustomer(ctx, w, customer)
			return err
		}, "customer", customer.ID)
}

func (p Package) importTo(ctx context.Context, w Writer) (intake.Outcome, error) {
	pack, err := p.prepared()
	if err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (Package, error) { return w.Package(ctx, pack.ID) }, mutation.ErrNotFound,
		func(present Package) bool {
			present.Version, present.CreateTime, present.UpdateTime = pack.Version, pack.CreateTime, pack.UpdateTime
			return same(pack, present)
		},
		func() error {
			_, err := createPackage(ctx, w, pack)
			return err
		}, "package", pack.ID)
}

func (r Recurrence) importTo(ctx context.Context, w Writer) (intake.Outcome, error) {
	recurrence := r.prepared()
	return intake.Take(func() (Recurrence, error) { return w.Recurrence(ctx, recurrence.Key()) }, mutation.ErrNotFound,
		func(present Recurrence) bool {
			present.Version, present.CreateTime, present.UpdateTime = recurrence.Version, recurrence.CreateTime, recurrence.UpdateTime
			present.Price = present.Price.Trim(0)
			return same(recurrence, present)
		},
		func() error {
			_, err := createRecurrence(ctx, w, recurrence)
			return err
		}, "recurrence", recurrence.Key())
}

func (c Change) importTo(ctx context.Context, w Writer) (intake.Outcome, error) {
	if err := c.check(); err != nil {
		return intake.Judge(false, err)
	}
	key := c.Key()
	recurrence, err := w.Recurrence(ctx, key.RecurrenceKey)
	if err != nil {
		return intake.Judge(false, mutation.Explain(err, "recurrence", key.RecurrenceKey))
	}
	return intake.Take(func() (Change, error) { return w.Change(ctx, key) }, mutation.ErrNotFound,
		func(present Change) bool {
			present.Difference.trimPrices()
			return same(c, present)
		},
		func() error {
			if c.Version != recurrence.Version+1 {
				return fault.New(fault.FailedPrecondition, reason.OutOfOrder,
					"the next change of recurrence %s is %d: bring changes in the order of their numbers", key.RecurrenceKey, recurrence.Version+1)
			}
			// What the change made of the recurrence is there already; what it counts for is not.
			return errors.Join(w.UpdateRecurrence(ctx, &recurrence), w.CreateChange(ctx, c))
		}, "change", key)
}

// same reports whether two states are one as JSON, in which secrets do not stand.
func same[T any](a, b T) bool {
	first, err := json.Marshal(a)
	if err != nil {
		return false
	}
	second, err := json.Marshal(b)
	return err == nil && bytes.Equal(first, second)
}
