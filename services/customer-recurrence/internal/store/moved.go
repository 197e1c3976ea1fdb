package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
)

// MoveRecurrences moves the recurrences of a customer with all that belongs to them. The change feed
// tells it as resources that are created under their new names and deleted under the old ones. The error
// is mutation.ErrStale if another transaction has added something to them.
func (w *writer) MoveRecurrences(ctx context.Context, from, to customer.ID) error {
	query := listing.Query{Where: listing.Is("customer", from)}
	recurrences, err1 := w.Recurrences(ctx, query)
	changes, err2 := w.Changes(ctx, query)
	scheduled, err3 := w.ScheduledChanges(ctx, query)
	alerts, err4 := w.Alerts(ctx, query)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	err := w.moveRows(ctx, string(from), string(to))
	if database.IsReference(err) { // something was counted for one of them meanwhile
		return mutation.ErrStale
	}
	if err != nil {
		return fmt.Errorf("moving the recurrences of customer %s to customer %s: %w", from, to, err)
	}
	return errors.Join(
		recordMoved(ctx, w, recurrences, func(r *recurrence.Recurrence) { r.Customer = to }),
		recordMoved(ctx, w, changes, func(c *recurrence.Change) { c.Customer = to }),
		recordMoved(ctx, w, scheduled, func(s *recurrence.ScheduledChange) { s.Customer = to }),
		recordMoved(ctx, w, alerts, func(a *usage.Alert) { a.Customer = to }))
}

func (w *writer) moveRows(ctx context.Context, from, to string) error {
	tenant := string(w.tenant)
	_, err := w.rows.CopyRecurrences(ctx, rows.CopyRecurrencesParams{Tenant: tenant, CustomerID: from, ToCustomer: to})
	if err != nil {
		return err
	}
	if err := w.rows.MoveRecurrenceChanges(ctx, rows.MoveRecurrenceChangesParams{Tenant: tenant, CustomerID: from, ToCustomer: to}); err != nil {
		return err
	}
	if err := w.rows.MoveScheduledChanges(ctx, rows.MoveScheduledChangesParams{Tenant: tenant, CustomerID: from, ToCustomer: to}); err != nil {
		return err
	}
	if err := w.rows.MoveUsageTotals(ctx, rows.MoveUsageTotalsParams{Tenant: tenant, CustomerID: from, ToCustomer: to}); err != nil {
		return err
	}
	if err := w.rows.MoveUsageAlerts(ctx, rows.MoveUsageAlertsParams{Tenant: tenant, CustomerID: from, ToCustomer: to}); err != nil {
		return err
	}
	_, err = w.rows.DeleteRecurrencesOfCustomer(ctx, rows.DeleteRecurrencesOfCustomerParams{Tenant: tenant, CustomerID: from})
	return err
}

// recordMoved records in the change feed that resources have other names.
func recordMoved[T any](ctx context.Context, w *writer, old []T, move func(*T)) error {
	moved := make([]T, len(old))
	for i := range old {
		moved[i] = old[i]
		move(&moved[i])
	}
	if err := store.RecordAll(ctx, w.Writer, feed.Created, moved); err != nil {
		return err
	}
	return store.RecordAll(ctx, w.Writer, feed.Deleted, old)
}
