package books

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// exportPage is the number of resources read at a time.
const exportPage = 500

// Export sends all resources of a tenant from one snapshot, beginning with its settings if it has set
// any. Each customer is followed by its
// recurrences, each with its changes, its scheduled changes and its usage. Packages come last: recurrences can then be imported again
// even if an enforced package no longer contains their services.
func (s *Service) Export(ctx context.Context, tenant auth.Tenant, send func(resource any) error) error {
	return s.Store.Stream(ctx, tenant, func(ctx context.Context, r Reader) error {
		own, err := r.Settings(ctx)
		if err != nil {
			return err
		}
		if own.Version > 0 {
			if err := send(own); err != nil {
				return err
			}
		}
		if err := listing.Each(ctx, r.Customers, byKey("name", nil), func(c customer.Customer) any { return string(c.ID) }, func(c customer.Customer) error {
			if err := send(c); err != nil {
				return err
			}
			return exportRecurrences(ctx, r, c.ID, send)
		}); err != nil {
			return err
		}
		if err := listing.Each(ctx, r.Services, byKey("name", nil), func(s catalogue.Sold) any { return string(s.ID) }, func(s catalogue.Sold) error { return send(s) }); err != nil {
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
		if err := listing.Each(ctx, reader.Changes, byKey("version", of), func(c recurrence.Change) any { return int64(c.Version) }, func(c recurrence.Change) error { return send(c) }); err != nil {
			return err
		}
		if err := listing.Each(ctx, reader.ScheduledChanges, byKey("scheduled_change", of), func(c recurrence.ScheduledChange) any { return string(c.ID) }, func(c recurrence.ScheduledChange) error { return send(c) }); err != nil {
			return err
		}
		return exportUsage(ctx, reader, r.Key(), of, send)
	})
}

// exportUsage sends what a recurrence consumed and the alerts of it.
func exportUsage(ctx context.Context, reader Reader, key recurrence.Key, of listing.Condition, send func(resource any) error) error {
	totals := func(ctx context.Context, query listing.Query) ([]usage.Total, error) {
		return reader.UsageTotals(ctx, key, query)
	}
	place := func(t usage.Total) any { return t.Window.String() + "/" + string(t.ServiceID) }
	if err := listing.Each(ctx, totals, byKey("usage_total", nil), place, func(t usage.Total) error { return send(t) }); err != nil {
		return err
	}
	return listing.Each(ctx, reader.Alerts, byKey("usage_alert", of), func(a usage.Alert) any { return string(a.ID) }, func(a usage.Alert) error { return send(a) })
}

// byKey returns a query for the first page of an export, ordered by key.
func byKey(key string, where listing.Condition) listing.Query {
	return listing.Query{Where: where, Order: []listing.Order{{Field: key}}, Limit: exportPage}
}
