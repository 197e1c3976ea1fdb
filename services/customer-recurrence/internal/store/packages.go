package store

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// packageRow converts a package to a row of its table.
func packageRow(tenant auth.Tenant, pack catalogue.Package) (rows.Package, error) {
	services, err1 := document(pack.ServiceIDs)
	versions, err2 := optional(pack.Versions)
	next, err3 := optional(pack.Next)
	return rows.Package{
		Tenant:      string(tenant),
		PackageID:   string(pack.ID),
		DisplayName: pack.DisplayName,
		ServiceIds:  services,
		Enforced:    pack.Enforced,
		Version:     pack.Version,
		CreatedAt:   pack.CreateTime.UnixMicro(),
		UpdatedAt:   pack.UpdateTime.UnixMicro(),
		Inactive:    pack.Inactive,
		Versions:    versions, NextPackageIds: next,
	}, errors.Join(err1, err2, err3)
}

// packageOf converts a row to a package.
func packageOf(row rows.Package) (catalogue.Package, error) {
	pack := catalogue.Package{
		ID:          catalogue.PackageID(row.PackageID),
		DisplayName: row.DisplayName,
		Enforced:    row.Enforced,
		Inactive:    row.Inactive,
		Version:     row.Version,
		CreateTime:  instant(row.CreatedAt),
		UpdateTime:  instant(row.UpdatedAt),
	}
	err := errors.Join(readDocument(row.ServiceIds, &pack.ServiceIDs), readOptional(row.Versions, &pack.Versions), readOptional(row.NextPackageIds, &pack.Next))
	for i, service := range pack.ServiceIDs {
		pack.ServiceIDs[i] = catalogue.NewServiceID(string(service))
	}
	return pack, err
}

func (r *reader) Package(ctx context.Context, id catalogue.PackageID) (catalogue.Package, error) {
	key := rows.GetPackageParams{Tenant: string(r.tenant), PackageID: string(id)}
	row, err := database.Cached(r.tx, key, func() (rows.Package, error) { return r.rows.GetPackage(ctx, key) })
	return one("package", row, err, packageOf)
}

// packageColumns maps the fields of the package list to columns.
var packageColumns = map[string]string{
	"name": "package_id", "display_name": "display_name", "enforced": "enforced", "inactive": "inactive",
	"create_time": "created_at", "update_time": "updated_at",
}

func (r *reader) Packages(ctx context.Context, query listing.Query) ([]catalogue.Package, error) {
	found, err := r.list(query, packageColumns).ListPackages(ctx, string(r.tenant))
	return many("packages", found, err, packageOf)
}

func (r *reader) PackagesByID(ctx context.Context, ids []catalogue.PackageID) ([]catalogue.Package, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	parameter, err := database.Many(r.tx, ids)
	if err != nil {
		return nil, err
	}
	found, err := rows.New(narrowed{r.tx, " AND package_id" + r.tx.In("$2"), []any{parameter}}).ListPackages(ctx, string(r.tenant))
	return many("packages", found, err, packageOf)
}

func (w *writer) CreatePackage(ctx context.Context, pack catalogue.Package) error {
	row, err := packageRow(w.tenant, pack)
	if err != nil {
		return err
	}
	created, err := w.rows.CreatePackage(ctx, rows.CreatePackageParams(row))
	return w.written(ctx, created, err, mutation.ErrTaken, feed.Created, pack)
}

func (w *writer) UpdatePackage(ctx context.Context, pack *catalogue.Package) error {
	pack.Version, pack.UpdateTime = pack.Version+1, w.Now()
	row, err := packageRow(w.tenant, *pack)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdatePackage(ctx, rows.UpdatePackageParams(row))
	return w.written(ctx, updated, err, mutation.ErrStale, feed.Updated, *pack)
}

func (w *writer) DeletePackage(ctx context.Context, pack catalogue.Package) error {
	deleted, err := w.rows.DeletePackage(ctx, rows.DeletePackageParams{
		Tenant: string(w.tenant), PackageID: string(pack.ID), Version: pack.Version,
	})
	return w.deleted(ctx, deleted, err, pack)
}
