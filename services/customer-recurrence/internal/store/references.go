package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
)

// member returns a member of a JSON object as document encodes it. A text within a document cannot hold it, as its
// quotation marks are escaped there.
func member[ID ~string](name string, id ID) (string, error) {
	value, err := document(id)
	return `"` + name + `":` + value, err
}

func (w *writer) RecurrencesOfPackage(ctx context.Context, id catalogue.PackageID) (int64, error) {
	return w.rows.CountRecurrencesOfPackage(ctx, rows.CountRecurrencesOfPackageParams{Tenant: string(w.tenant), PackageID: string(id)})
}

func (w *writer) RecurrencesOfService(ctx context.Context, id catalogue.ServiceID) (int64, error) {
	named, err := member("service_id", id)
	if err != nil {
		return 0, err
	}
	return w.rows.CountRecurrencesOfService(ctx, rows.CountRecurrencesOfServiceParams{Tenant: string(w.tenant), Member: named})
}

func (w *writer) PendingChangesToPackage(ctx context.Context, id catalogue.PackageID) (int64, error) {
	named, err := member("package_id", id)
	return w.pendingChangesTo(ctx, named, err)
}

func (w *writer) PendingChangesToService(ctx context.Context, id catalogue.ServiceID) (int64, error) {
	named, err := member("service_id", id)
	return w.pendingChangesTo(ctx, named, err)
}

func (w *writer) pendingChangesTo(ctx context.Context, named string, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return w.rows.CountPendingChangesTo(ctx, rows.CountPendingChangesToParams{Tenant: string(w.tenant), Member: named})
}

func (w *writer) UsageOfPackage(ctx context.Context, id catalogue.PackageID) (int64, error) {
	return w.rows.CountUsageTotalsOfPackage(ctx, rows.CountUsageTotalsOfPackageParams{Tenant: string(w.tenant), PackageID: string(id)})
}

func (w *writer) UsageOfService(ctx context.Context, id catalogue.ServiceID) (int64, error) {
	return w.rows.CountUsageTotalsOfService(ctx, rows.CountUsageTotalsOfServiceParams{Tenant: string(w.tenant), ServiceID: string(id)})
}
