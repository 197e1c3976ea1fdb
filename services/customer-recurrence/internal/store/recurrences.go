package store

import (
	"context"
	"errors"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// recurrenceRow converts a recurrence to a row of its table.
func recurrenceRow(tenant auth.Tenant, recurrence recurrence.Recurrence) (rows.Recurrence, error) {
	services, err := document(recurrence.Services)
	return rows.Recurrence{
		Tenant:       string(tenant),
		CustomerID:   string(recurrence.Customer),
		RecurrenceID: string(recurrence.ID),
		PackageID:    string(recurrence.PackageID),
		DisplayName:  recurrence.DisplayName,
		Price:        recurrence.Price.String(),
		Services:     services,
		Version:      int64(recurrence.Version),
		CreatedAt:    recurrence.CreateTime.UnixMicro(),
		UpdatedAt:    recurrence.UpdateTime.UnixMicro(),
		Currency:     string(recurrence.Currency),
		State:        string(recurrence.State), UndoState: string(recurrence.UndoState), Cycle: string(recurrence.Cycle),
		StartDate: recurrence.StartDate.String(), PaidUntilDate: recurrence.PaidUntil.String(), EndDate: recurrence.EndDate.String(),
	}, err
}

// recurrenceOf converts a row to a recurrence.
func recurrenceOf(row rows.Recurrence) (recurrence.Recurrence, error) {
	price, err := decimal.Parse(row.Price)
	if err != nil {
		return recurrence.Recurrence{}, err
	}
	terms, err := termsOf(row)
	if err != nil {
		return recurrence.Recurrence{}, err
	}
	recurrence := recurrence.Recurrence{
		Customer:    customer.ID(row.CustomerID),
		ID:          recurrence.ID(row.RecurrenceID),
		PackageID:   catalogue.NewPackageID(row.PackageID),
		DisplayName: row.DisplayName,
		Price:       price,
		Currency:    recurrence.Currency(row.Currency),
		Terms:       terms,
		Version:     recurrence.Version(row.Version),
		CreateTime:  instant(row.CreatedAt),
		UpdateTime:  instant(row.UpdatedAt),
	}
	err = readDocument(row.Services, &recurrence.Services)
	for i := range recurrence.Services {
		service := &recurrence.Services[i]
		service.ServiceID = catalogue.NewServiceID(string(service.ServiceID))
	}
	return recurrence, err
}

// termsOf returns the state, the cycle and the dates of a row.
func termsOf(row rows.Recurrence) (recurrence.Terms, error) {
	terms := recurrence.Terms{State: recurrence.State(row.State), UndoState: recurrence.State(row.UndoState), Cycle: recurrence.Cycle(row.Cycle)}
	return terms, errors.Join(
		terms.StartDate.UnmarshalText([]byte(row.StartDate)), terms.PaidUntil.UnmarshalText([]byte(row.PaidUntilDate)),
		terms.EndDate.UnmarshalText([]byte(row.EndDate)))
}

func (r *reader) Recurrence(ctx context.Context, key recurrence.Key) (recurrence.Recurrence, error) {
	params := rows.GetRecurrenceParams{Tenant: string(r.tenant), CustomerID: string(key.Customer), RecurrenceID: string(key.Recurrence)}
	row, err := database.CachedRow(r.tx, params, func() (rows.Recurrence, error) { return r.rows.GetRecurrence(ctx, params) })
	if err == nil {
		r.known = row
	}
	return one("recurrence", row, err, recurrenceOf)
}

// recurrenceColumns maps the fields of the recurrence list to columns.
var recurrenceColumns = map[string]string{
	"customer": "customer_id", "recurrence": "recurrence_id", "name": "customer_id || '/' || recurrence_id",
	"package_id": "package_id", "display_name": "display_name", "create_time": "created_at", "update_time": "updated_at",
	"state": "state",
}

func (r *reader) Recurrences(ctx context.Context, query listing.Query) ([]recurrence.Recurrence, error) {
	found, err := r.list(query, recurrenceColumns).ListRecurrences(ctx, string(r.tenant))
	return many("recurrences", found, err, recurrenceOf)
}

func (w *writer) CreateRecurrence(ctx context.Context, recurrence recurrence.Recurrence) error {
	row, err := recurrenceRow(w.tenant, recurrence)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateRecurrence(ctx, rows.CreateRecurrenceParams(row))
	return w.written(ctx, created, err, mutation.ErrTaken, feed.Created, recurrence)
}

func (w *writer) UpdateRecurrence(ctx context.Context, recurrence *recurrence.Recurrence) error {
	recurrence.Version, recurrence.UpdateTime = recurrence.Version+1, w.Now()
	row, err := recurrenceRow(w.tenant, *recurrence)
	if err != nil {
		return err
	}
	key := rows.GetRecurrenceParams{Tenant: row.Tenant, CustomerID: row.CustomerID, RecurrenceID: row.RecurrenceID}
	if err := database.ChangeRow(w.tx, key, w.known, row, func() error {
		_, err := w.later(mutation.ErrStale, "recurrence", recurrence.Key()).UpdateRecurrence(ctx, rows.UpdateRecurrenceParams(row))
		return err
	}); err != nil {
		return err
	}
	return w.Record(ctx, feed.Updated, *recurrence)
}

func (w *writer) DeleteRecurrence(ctx context.Context, recurrence recurrence.Recurrence) error {
	deleted, err := w.rows.DeleteRecurrence(ctx, rows.DeleteRecurrenceParams{
		Tenant: string(w.tenant), CustomerID: string(recurrence.Customer), RecurrenceID: string(recurrence.ID), Version: int64(recurrence.Version),
	})
	return w.deleted(ctx, deleted, err, recurrence)
}
