package store

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// recurrenceRow is a recurrence as its table holds it.
func recurrenceRow(tenant auth.Tenant, recurrence domain.Recurrence) (rows.Recurrence, error) {
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
	}, err
}

// recurrenceOf is the recurrence that a row holds.
func recurrenceOf(row rows.Recurrence) (domain.Recurrence, error) {
	price, err := decimal.Parse(row.Price)
	if err != nil {
		return domain.Recurrence{}, err
	}
	recurrence := domain.Recurrence{
		Customer:    domain.CustomerID(row.CustomerID),
		ID:          domain.RecurrenceID(row.RecurrenceID),
		PackageID:   domain.PackageID(row.PackageID),
		DisplayName: row.DisplayName,
		Price:       price,
		Currency:    domain.Currency(row.Currency),
		Version:     domain.Version(row.Version),
		CreateTime:  instant(row.CreatedAt),
		UpdateTime:  instant(row.UpdatedAt),
	}
	return recurrence, readDocument(row.Services, &recurrence.Services)
}

func (r *reader) Recurrence(ctx context.Context, customer domain.CustomerID, id domain.RecurrenceID) (domain.Recurrence, error) {
	row, err := r.rows.GetRecurrence(ctx, rows.GetRecurrenceParams{
		Tenant: string(r.tenant), CustomerID: string(customer), RecurrenceID: string(id),
	})
	return one(domain.RecurrenceName(customer, id), row, err, recurrenceOf)
}

func (r *reader) Recurrences(ctx context.Context, customer domain.CustomerID, after domain.RecurrenceID, limit int) ([]domain.Recurrence, bool, error) {
	page := r.page("services", limit)
	found, err := rows.New(page).ListRecurrences(ctx, rows.ListRecurrencesParams{
		Tenant: string(r.tenant), CustomerID: string(customer), RecurrenceID: string(after), Limit: page.limit(),
	})
	return many("recurrences of "+domain.CustomerName(customer), found, page.more, err, recurrenceOf)
}

func (w *writer) CreateRecurrence(ctx context.Context, recurrence domain.Recurrence) error {
	row, err := recurrenceRow(w.tenant, recurrence)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateRecurrence(ctx, rows.CreateRecurrenceParams(row))
	return w.kept(ctx, created, err, domain.ErrTaken, domain.RecurrenceName(recurrence.Customer, recurrence.ID), feed.Created, recurrence)
}

func (w *writer) UpdateRecurrence(ctx context.Context, recurrence domain.Recurrence) error {
	row, err := recurrenceRow(w.tenant, recurrence)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdateRecurrence(ctx, rows.UpdateRecurrenceParams(row))
	return w.kept(ctx, updated, err, domain.ErrStale, domain.RecurrenceName(recurrence.Customer, recurrence.ID), feed.Updated, recurrence)
}
