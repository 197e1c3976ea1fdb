package books

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// exportPage is how many resources of a kind an export reads at once.
const exportPage = 500

// Export gives all resources of a tenant, of one snapshot: customers, each with its recurrences and their changes, and
// then packages, so that a recurrence that a later catalogue would refuse can be imported again.
func (s *Service) Export(ctx context.Context, tenant auth.Tenant, give func(resource any) error) error {
	return s.Store.Read(ctx, tenant, func(ctx context.Context, r Reader) error {
		if err := each(ctx, r.Customers, nil, "name", func(c customer.Customer) any { return string(c.ID) }, func(c customer.Customer) error {
			if err := give(c); err != nil {
				return err
			}
			return exportRecurrences(ctx, r, c.ID, give)
		}); err != nil {
			return err
		}
		return each(ctx, r.Packages, nil, "name", func(p catalogue.Package) any { return string(p.ID) }, func(p catalogue.Package) error { return give(p) })
	})
}

func exportRecurrences(ctx context.Context, reader Reader, owner customer.ID, give func(resource any) error) error {
	of := listing.Is("customer", owner)
	return each(ctx, reader.Recurrences, of, "recurrence", func(r recurrence.Recurrence) any { return string(r.ID) }, func(r recurrence.Recurrence) error {
		if err := give(r); err != nil {
			return err
		}
		of := listing.All(of, listing.Is("recurrence", r.ID))
		return each(ctx, reader.Changes, of, "version", func(c recurrence.Change) any { return int64(c.Version) }, func(c recurrence.Change) error { return give(c) })
	})
}

// each does something with every resource of a list, in the order of a key, page by page.
func each[T any](ctx context.Context, read func(context.Context, listing.Query) ([]T, error), where listing.Condition,
	key string, value func(T) any, do func(T) error,
) error {
	query := listing.Query{Where: where, Order: []listing.Order{{Field: key}}, Limit: exportPage}
	for {
		page, err := read(ctx, query)
		if err != nil {
			return err
		}
		for _, resource := range page {
			if err := do(resource); err != nil {
				return err
			}
			query.After = listing.Cursor{value(resource)}
		}
		if len(page) < exportPage {
			return nil
		}
	}
}
