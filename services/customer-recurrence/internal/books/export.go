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

// Export sends all resources of a tenant, of one snapshot: customers, each with its recurrences and their changes, and
// then packages, so that a recurrence that a later catalogue would refuse can be imported again.
func (s *Service) Export(ctx context.Context, tenant auth.Tenant, send func(resource any) error) error {
	return s.Store.Read(ctx, tenant, func(ctx context.Context, r Reader) error {
		if err := listing.Each(ctx, r.Customers, byKey("name", nil), func(c customer.Customer) any { return string(c.ID) }, func(c customer.Customer) error {
			if err := send(c); err != nil {
				return err
			}
			return exportRecurrences(ctx, r, c.ID, send)
		}); err != nil {
			return err
		}
		return listing.Each(ctx, r.Packages, byKey("name", nil), func(p catalogue.Package) any { return string(p.ID) }, func(p catalogue.Package) error { return send(p) })
	})
}

func exportRecurrences(ctx context.Context, reader Reader, owner customer.ID, send func(resource any) error) error {
	of := listing.Is("customer", owner)
	return listing.Each(ctx, reader.Recurrences, byKey("recurrence", of), func(r recurrence.Recurrence) any { return string(r.ID) }, func(r recurrence.Recurrence) error {
		if err := send(r); err != nil {
			return err
		}
		of := listing.All(of, listing.Is("recurrence", r.ID))
		return listing.Each(ctx, reader.Changes, byKey("version", of), func(c recurrence.Change) any { return int64(c.Version) }, func(c recurrence.Change) error { return send(c) })
	})
}

// byKey asks for the pages of an export, in the order of a key.
func byKey(key string, where listing.Condition) listing.Query {
	return listing.Query{Where: where, Order: []listing.Order{{Field: key}}, Limit: exportPage}
}
