package customer

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

var customers = mutation.Resource[ID, Customer, Writer]{
	What: "customer", Find: Writer.Customer, Keep: Writer.UpdateCustomer,
}

// Update applies revise to a customer. Its id, its GUID and its state cannot change. The names, and the codes of the
// SAT's catalogues that it changes are checked. Faults: Invalid, NotFound, Conflict if the etag is not the
// present one, and FailedPrecondition if another customer stands for it.
func (s *Service) Update(ctx context.Context, id ID, etag string, revise func(*Customer) error, options ...mutation.Option) (Written, error) {
	return mutation.RunAs(ctx, s.Service, func(ctx context.Context, w Writer) (Customer, error) {
		customer, _, err := mutation.Revise(ctx, w, customers, id, etag, func(ctx context.Context, w Writer, customer *Customer) error {
			before := customer.Profile
			if err := customer.correct(revise, &before); err != nil {
				return err
			}
			if err := checkDates(before, customer.Profile); err != nil {
				return err
			}
			return checkCodes(ctx, w, &before, customer.Profile)
		})
		return customer, err
	}, written, options...)
}

// correct applies revise to a customer and checks the result, except for the codes of the SAT's
// catalogues, and for names that are those of before, or without before any.
func (c *Customer) correct(revise func(*Customer) error, before *Profile) error {
	if c.State == Merged {
		return c.Expect(Active, "correct")
	}
	if err := revise(c); err != nil {
		return err
	}
	v := (&fault.Violations{}).In("customer")
	c.Profile.check(v, before)
	c.setDefaults()
	return v.Err()
}

// Delete removes a customer that has no recurrence and stands for no other. Faults: NotFound, Conflict, and
// FailedPrecondition if it has one, or customers were merged into it.
func (s *Service) Delete(ctx context.Context, id ID, etag string, options ...mutation.Option) error {
	return mutation.Delete(ctx, s.Service, customers, id, etag, func(ctx context.Context, w Writer, customer Customer) error {
		count, err := w.RecurrencesOfCustomer(ctx, id)
		if err := mutation.Unused("customer", id, "recurrences", count, err); err != nil {
			return err
		}
		count, err = w.DuplicatesOfCustomer(ctx, id)
		if err := mutation.Unused("customer", id, "customers merged into it", count, err); err != nil {
			return err
		}
		return w.DeleteCustomer(ctx, customer)
	}, options...)
}
