package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// scheduledRow converts a scheduled change to a row of its table.
func scheduledRow(tenant auth.Tenant, change recurrence.ScheduledChange) (rows.ScheduledChange, error) {
	wanted, err := document(change.Wanted)
	return rows.ScheduledChange{
		Tenant: string(tenant), CustomerID: string(change.Customer), RecurrenceID: string(change.Recurrence), ScheduledChangeID: string(change.ID),
		State: string(change.State), EffectiveDate: change.Day.String(), Wanted: wanted, Note: change.Note, QuoteID: change.Quote,
		Actor: change.Actor, Change: int64(change.Change), Problem: change.Problem, Withdrawal: change.Withdrawal,
		Version: change.Version, CreatedAt: change.CreateTime.UnixMicro(), UpdatedAt: change.UpdateTime.UnixMicro(),
	}, err
}

// scheduledOf converts a row to a scheduled change.
func scheduledOf(row rows.ScheduledChange) (recurrence.ScheduledChange, error) {
	change := recurrence.ScheduledChange{
		Customer: customer.ID(row.CustomerID), Recurrence: recurrence.ID(row.RecurrenceID), ID: recurrence.ScheduledID(row.ScheduledChangeID),
		State: recurrence.ScheduledState(row.State), Note: row.Note, Quote: row.QuoteID, Actor: row.Actor,
		Change: recurrence.Version(row.Change), Problem: row.Problem, Withdrawal: row.Withdrawal,
		Version: row.Version, CreateTime: instant(row.CreatedAt), UpdateTime: instant(row.UpdatedAt),
	}
	if err := change.Day.UnmarshalText([]byte(row.EffectiveDate)); err != nil {
		return change, err
	}
	return change, readDocument(row.Wanted, &change.Wanted)
}

func (r *reader) ScheduledChange(ctx context.Context, key recurrence.ScheduledKey) (recurrence.ScheduledChange, error) {
	row, err := r.rows.GetScheduledChange(ctx, rows.GetScheduledChangeParams{
		Tenant: string(r.tenant), CustomerID: string(key.Customer), RecurrenceID: string(key.Recurrence), ScheduledChangeID: string(key.ID),
	})
	return one("scheduled change", row, err, scheduledOf)
}

// scheduledColumns maps the fields of the list of scheduled changes to columns.
var scheduledColumns = map[string]string{
	"customer": "customer_id", "recurrence": "recurrence_id", "scheduled_change": "scheduled_change_id", "state": "state",
	"create_time": "created_at",
}

func (r *reader) ScheduledChanges(ctx context.Context, query listing.Query) ([]recurrence.ScheduledChange, error) {
	found, err := r.list(query, scheduledColumns).ListScheduledChanges(ctx, string(r.tenant))
	return many("scheduled changes", found, err, scheduledOf)
}

func (w *writer) CreateScheduledChange(ctx context.Context, change recurrence.ScheduledChange) error {
	row, err := scheduledRow(w.tenant, change)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateScheduledChange(ctx, rows.CreateScheduledChangeParams(row))
	return w.written(ctx, created, err, mutation.ErrTaken, feed.Created, change)
}

func (w *writer) UpdateScheduledChange(ctx context.Context, change *recurrence.ScheduledChange) error {
	change.Version, change.UpdateTime = change.Version+1, w.Now()
	row, err := scheduledRow(w.tenant, *change)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdateScheduledChange(ctx, rows.UpdateScheduledChangeParams(row))
	return w.written(ctx, updated, err, mutation.ErrStale, feed.Updated, *change)
}

func (w *writer) ScheduledChangesOf(ctx context.Context, key recurrence.Key) (int64, error) {
	return w.rows.CountScheduledChanges(ctx, rows.CountScheduledChangesParams{
		Tenant: string(w.tenant), CustomerID: string(key.Customer), RecurrenceID: string(key.Recurrence),
	})
}
