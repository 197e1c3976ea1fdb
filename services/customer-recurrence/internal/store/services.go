package store

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// serviceRow converts a service to a row of its table.
func serviceRow(tenant auth.Tenant, sold catalogue.Sold) (rows.Service, error) {
	prices, err1 := optional(sold.Prices)
	versions, err2 := optional(sold.Versions)
	return rows.Service{
		Tenant: string(tenant), ServiceID: string(sold.ID), DisplayName: sold.DisplayName, Unit: sold.Unit, Prices: prices, Inactive: sold.Inactive,
		Version: sold.Version, CreatedAt: sold.CreateTime.UnixMicro(), UpdatedAt: sold.UpdateTime.UnixMicro(),
		Versions: versions,
	}, errors.Join(err1, err2)
}

// serviceOf converts a row to a service.
func serviceOf(row rows.Service) (catalogue.Sold, error) {
	sold := catalogue.Sold{
		ID: catalogue.ServiceID(row.ServiceID), DisplayName: row.DisplayName, Unit: row.Unit, Inactive: row.Inactive,
		Version: row.Version, CreateTime: instant(row.CreatedAt), UpdateTime: instant(row.UpdatedAt),
	}
	return sold, errors.Join(readOptional(row.Prices, &sold.Prices), readOptional(row.Versions, &sold.Versions))
}

func (r *reader) Service(ctx context.Context, id catalogue.ServiceID) (catalogue.Sold, error) {
	row, err := r.rows.GetService(ctx, rows.GetServiceParams{Tenant: string(r.tenant), ServiceID: string(id)})
	return one("service", row, err, serviceOf)
}

// serviceColumns maps the fields of the service list to columns.
var serviceColumns = map[string]string{
	"name": "service_id", "display_name": "display_name", "inactive": "inactive", "create_time": "created_at", "update_time": "updated_at",
}

func (r *reader) Services(ctx context.Context, query listing.Query) ([]catalogue.Sold, error) {
	found, err := r.list(query, serviceColumns).ListServices(ctx, string(r.tenant))
	return many("services", found, err, serviceOf)
}

func (w *writer) CreateService(ctx context.Context, sold catalogue.Sold) error {
	row, err := serviceRow(w.tenant, sold)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateService(ctx, rows.CreateServiceParams(row))
	return w.written(ctx, created, err, mutation.ErrTaken, feed.Created, sold)
}

func (w *writer) UpdateService(ctx context.Context, sold *catalogue.Sold) error {
	sold.Version, sold.UpdateTime = sold.Version+1, w.Now()
	row, err := serviceRow(w.tenant, *sold)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdateService(ctx, rows.UpdateServiceParams(row))
	return w.written(ctx, updated, err, mutation.ErrStale, feed.Updated, *sold)
}

func (w *writer) DeleteService(ctx context.Context, sold catalogue.Sold) error {
	deleted, err := w.rows.DeleteService(ctx, rows.DeleteServiceParams{Tenant: string(w.tenant), ServiceID: string(sold.ID), Version: sold.Version})
	return w.deleted(ctx, deleted, err, sold)
}
