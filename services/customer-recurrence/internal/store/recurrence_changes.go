package store

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// changeRow converts a change to a row of its table.
func changeRow(tenant auth.Tenant, change recurrence.Change) (rows.RecurrenceChange, error) {
	difference, err1 := document(change.Difference)
	lines, err2 := optional(change.Lines)
	return rows.RecurrenceChange{
		Tenant:       string(tenant),
		CustomerID:   string(change.Customer),
		RecurrenceID: string(change.Recurrence),
		Version:      int64(change.Version),
		Difference:   difference,
		Actor:        change.Actor,
		Note:         change.Note,
		Lines:        lines, QuoteID: change.Quote, ScheduledChangeID: string(change.Scheduled),
		CreatedAt: change.CreateTime.UnixMicro(),
	}, errors.Join(err1, err2)
}

// changeOf converts a row to a change.
func changeOf(row rows.RecurrenceChange) (recurrence.Change, error) {
	change := recurrence.Change{
		Customer:   customer.ID(row.CustomerID),
		Recurrence: recurrence.ID(row.RecurrenceID),
		Version:    recurrence.Version(row.Version),
		Actor:      row.Actor,
		Note:       row.Note,
		Quote:      row.QuoteID, Scheduled: recurrence.ScheduledID(row.ScheduledChangeID),
		CreateTime: instant(row.CreatedAt),
	}
	return change, errors.Join(readOptional(row.Lines, &change.Lines), readDocument(row.Difference, &change.Difference))
}

func (r *reader) Change(ctx context.Context, key recurrence.ChangeKey) (recurrence.Change, error) {
	row, err := r.rows.GetRecurrenceChange(ctx, rows.GetRecurrenceChangeParams{
		Tenant: string(r.tenant), CustomerID: string(key.Customer), RecurrenceID: string(key.Recurrence), Version: int64(key.Version),
	})
	return one("change", row, err, changeOf)
}

// changeColumns maps the fields of the change list to columns.
var changeColumns = map[string]string{
	"customer": "customer_id", "recurrence": "recurrence_id", "version": "version",
	"actor": "actor", "create_time": "created_at",
}

func (r *reader) Changes(ctx context.Context, query listing.Query) ([]recurrence.Change, error) {
	found, err := r.list(query, changeColumns).ListRecurrenceChanges(ctx, string(r.tenant))
	return many("changes", found, err, changeOf)
}

func (w *writer) CreateChange(ctx context.Context, change recurrence.Change) error {
	row, err := changeRow(w.tenant, change)
	if err != nil {
		return err
	}
	later := w.later(mutation.ErrTaken, "change", change.Key())
	if _, err := later.CreateRecurrenceChange(ctx, rows.CreateRecurrenceChangeParams(row)); err != nil {
		return err
	}
	return w.Record(ctx, feed.Created, change)
}
