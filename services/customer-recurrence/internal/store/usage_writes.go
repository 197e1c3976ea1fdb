package store

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

var totalColumns = []string{"tenant", "total_id", "customer_id", "recurrence_id", "service_id", "month", "consumed", "included", "alerted", "package_id"}

func (w *writer) CreateTotals(ctx context.Context, totals []usage.Total) error {
	values := make([][]any, len(totals))
	for i, t := range totals {
		values[i] = []any{
			string(w.tenant), string(t.ID), string(t.Recurrence.Customer), string(t.Recurrence.Recurrence), string(t.ServiceID), t.Window.String(),
			t.Consumed, int64(t.Included), int64(t.Alerted), string(t.PackageID),
		}
	}
	return staleIfTaken(w.tx.InsertAll(ctx, "usage_totals", totalColumns, values))
}

func (w *writer) UpdateTotals(ctx context.Context, totals []usage.Total) error {
	values := make([][]any, len(totals))
	for i, t := range totals {
		values[i] = []any{string(w.tenant), string(t.ID), t.Consumed, int64(t.Included), int64(t.Alerted), string(t.PackageID)}
	}
	_, err := w.tx.UpdateAll(ctx, "usage_totals", []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "total_id", Type: "TEXT"}},
		[]database.Column{{Name: "consumed", Type: "BIGINT"}, {Name: "included", Type: "BIGINT"}, {Name: "alerted", Type: "BIGINT"}, {Name: "package_id", Type: "TEXT"}}, values)
	return err
}

func (w *writer) CreateCounted(ctx context.Context, events []usage.Counted) error {
	values := make([][]any, len(events))
	for i, e := range events {
		values[i] = []any{string(w.tenant), string(e.ID), int64(e.Revision), string(e.Total), e.Quantity}
	}
	return staleIfTaken(w.tx.InsertAll(ctx, "usage_events", []string{"tenant", "event_id", "revision", "total_id", "quantity"}, values))
}

func (w *writer) UpdateCounted(ctx context.Context, events []usage.Counted) error {
	values := make([][]any, len(events))
	for i, e := range events {
		values[i] = []any{string(w.tenant), string(e.ID), int64(e.Revision), string(e.Total), e.Quantity}
	}
	_, err := w.tx.UpdateAll(ctx, "usage_events", []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "event_id", Type: "TEXT"}},
		[]database.Column{{Name: "revision", Type: "BIGINT"}, {Name: "total_id", Type: "TEXT"}, {Name: "quantity", Type: "BIGINT"}}, values)
	return err
}

// staleIfTaken turns a key that another transaction has taken, and a recurrence that it has moved, into
// mutation.ErrStale.
func staleIfTaken(err error) error {
	if errors.Is(err, database.ErrUnique) || database.IsReference(err) {
		return mutation.ErrStale
	}
	return err
}

func (w *writer) UsageTotalsOf(ctx context.Context, key recurrence.Key) (int64, error) {
	return w.rows.CountUsageTotals(ctx, rows.CountUsageTotalsParams{Tenant: string(w.tenant), CustomerID: string(key.Customer), RecurrenceID: string(key.Recurrence)})
}

func alertOf(row rows.UsageAlert) (usage.Alert, error) {
	alert := usage.Alert{
		Customer: customer.ID(row.CustomerID), Recurrence: recurrence.ID(row.RecurrenceID), ID: usage.AlertID(row.AlertID),
		ServiceID: catalogue.ServiceID(row.ServiceID), Percent: int32(row.Percent), Consumed: row.Consumed, Included: int32(row.Included),
		CreateTime: instant(row.CreatedAt),
	}
	return alert, alert.Window.UnmarshalText([]byte(row.Month))
}

func (r *reader) Alert(ctx context.Context, key usage.AlertKey) (usage.Alert, error) {
	row, err := r.rows.GetUsageAlert(ctx, rows.GetUsageAlertParams{
		Tenant: string(r.tenant), CustomerID: string(key.Customer), RecurrenceID: string(key.Recurrence), AlertID: string(key.ID),
	})
	return one("usage alert", row, err, alertOf)
}

// alertColumns maps the fields of the list of usage alerts to columns.
var alertColumns = map[string]string{
	"customer": "customer_id", "recurrence": "recurrence_id", "usage_alert": "alert_id", "service_id": "service_id", "percent": "percent",
	"create_time": "created_at",
}

func (r *reader) Alerts(ctx context.Context, query listing.Query) ([]usage.Alert, error) {
	found, err := r.list(query, alertColumns).ListUsageAlerts(ctx, string(r.tenant))
	return many("usage alerts", found, err, alertOf)
}

func (w *writer) CreateAlert(ctx context.Context, alert usage.Alert) error {
	created, err := w.rows.CreateUsageAlert(ctx, rows.CreateUsageAlertParams{
		Tenant: string(w.tenant), CustomerID: string(alert.Customer), RecurrenceID: string(alert.Recurrence), AlertID: string(alert.ID),
		ServiceID: string(alert.ServiceID), Month: alert.Window.String(), Percent: int64(alert.Percent), Consumed: alert.Consumed,
		Included: int64(alert.Included), CreatedAt: alert.CreateTime.UnixMicro(),
	})
	return w.written(ctx, created, err, mutation.ErrTaken, feed.Created, alert)
}
