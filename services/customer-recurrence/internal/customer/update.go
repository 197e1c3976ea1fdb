package customer

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

var customers = mutation.Resource[ID, Customer, Writer]{
	What: "customer", Find: Writer.Customer, Keep: Writer.UpdateCustomer,
}

// Update applies revise to a customer. Its id and GUID cannot change. Faults: Invalid, NotFound, and
// Conflict if the etag is not the present one.
func (s *Service) Update(ctx context.Context, id ID, etag string, revise func(*Customer) error, options ...mutation.Option) (Customer, error) {
	return mutation.Change(ctx, s.Service, customers, id, etag, func(_ context.Context, _ Writer, customer *Customer) error {
		if err := revise(customer); err != nil {
			return err
		}
		v := (&fault.Violations{}).In("customer")
		customer.Profile.check(v)
		customer.setDefaults()
		return v.Err()
	}, options...)
}

// Delete removes a customer that has no recurrence. Faults: NotFound, Conflict, and
// FailedPrecondition if it has one.
func (s *Service) Delete(ctx context.Context, id ID, etag string, options ...mutation.Option) error {
	return mutation.Delete(ctx, s.Service, customers, id, etag, func(ctx context.Context, w Writer, customer Customer) error {
		count, err := w.RecurrencesOfCustomer(ctx, id)
		if err := mutation.Unused("customer", id, "recurrences", count, err); err != nil {
			return err
		}
		return w.DeleteCustomer(ctx, customer)
	}, options...)
}
