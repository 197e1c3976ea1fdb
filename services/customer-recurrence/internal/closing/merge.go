package closing

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Merge merges a duplicate into a customer, for good. Faults: Invalid, NotFound, Conflict if the etag
// is not the customer's present one, AlreadyExists if both have a recurrence of one id, and
// FailedPrecondition if the state of one of them does not allow it.
func (s *Service) Merge(ctx context.Context, step Step, duplicate customer.ID, options ...mutation.Option) (customer.Customer, error) {
	return s.revise(ctx, step, func(ctx context.Context, w Writer, stays customer.Customer) (customer.Customer, error) {
		if err := stays.Expect(customer.Active, "merge"); err != nil {
			return stays, err
		}
		merged, err := w.Customer(ctx, duplicate)
		if err != nil {
			return stays, mutation.Explain(err, "customer", duplicate)
		}
		if err := checkDuplicate(stays, merged); err != nil {
			return stays, err
		}
		if err := checkIDs(ctx, w, stays.ID, duplicate); err != nil {
			return stays, err
		}
		merged.Life = customer.Life{State: customer.Merged, MergedInto: stays.ID}
		return stays, errors.Join(mutation.Explain(w.MoveRecurrences(ctx, duplicate, stays.ID), "customer", duplicate), mutation.Explain(w.UpdateCustomer(ctx, &merged), "customer", duplicate))
	}, options...)
}

// checkDuplicate returns a fault if a customer cannot be a duplicate of another.
func checkDuplicate(stays, merged customer.Customer) error {
	switch {
	case merged.ID == stays.ID:
		return fault.InvalidField("duplicate", reason.Inconsistent, "must be another customer than name")
	case merged.State == customer.Merged:
		return merged.Expect(customer.Active, "merge")
	case merged.Profile.GrantorTaxID != stays.Profile.GrantorTaxID:
		return fault.InvalidField("duplicate", reason.Inconsistent, "is a customer of the issuing company %s, and %s is one of %s",
			merged.Profile.GrantorTaxID, stays.ID, stays.Profile.GrantorTaxID)
	}
	return nil
}

// checkIDs returns an AlreadyExists fault if both customers have a recurrence of one id.
func checkIDs(ctx context.Context, w Writer, stays, duplicate customer.ID) error {
	moving, err := contracted(ctx, w, duplicate, false)
	if err != nil {
		return err
	}
	for _, one := range moving {
		_, err := w.Recurrence(ctx, recurrence.Key{Customer: stays, Recurrence: one.ID})
		if err == nil {
			return fault.New(fault.AlreadyExists, reason.AlreadyExists, "customers %s and %s both have a recurrence %s", stays, duplicate, one.ID)
		}
		if !errors.Is(err, mutation.ErrNotFound) {
			return err
		}
	}
	return nil
}
