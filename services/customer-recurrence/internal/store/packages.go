package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/database"
)

const packageColumns = `package_id, display_name, service_ids, enforced, version, created_at, updated_at`

func scanPackage(row database.Row) (pack domain.Package, err error) {
	var services string
	var created, updated int64
	if err := row.Scan(&pack.ID, &pack.DisplayName, &services, &pack.Enforced, &pack.Version, &created, &updated); err != nil {
		return pack, err
	}
	if err := json.Unmarshal([]byte(services), &pack.ServiceIDs); err != nil {
		return pack, fmt.Errorf("reading the catalogue of %s: %w", pack.ID, err)
	}
	pack.CreateTime, pack.UpdateTime = instant(created), instant(updated)
	return pack, nil
}

func (r *reader) Package(ctx context.Context, id domain.PackageID) (domain.Package, error) {
	return one(ctx, r, domain.PackageName(id), scanPackage,
		`SELECT `+packageColumns+` FROM packages WHERE tenant = $1 AND package_id = $2`, string(r.tenant), string(id))
}

func (r *reader) Packages(ctx context.Context, after domain.PackageID, limit int) ([]domain.Package, bool, error) {
	return page(ctx, r, "packages", scanPackage, limit,
		`SELECT `+packageColumns+` FROM packages WHERE tenant = $1 AND package_id > $2 ORDER BY package_id LIMIT $3`,
		string(r.tenant), string(after))
}

func (w *writer) CreatePackage(ctx context.Context, pack domain.Package) error {
	services, err := document(pack.ServiceIDs)
	if err != nil {
		return err
	}
	return w.insert(ctx,
		domain.PackageName(pack.ID), pack,
		`INSERT INTO packages (tenant, package_id, display_name, service_ids, enforced, version, created_at, updated_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		string(w.tenant), string(pack.ID), pack.DisplayName, services, pack.Enforced,
		int64(pack.Version), pack.CreateTime.UnixMicro(), pack.UpdateTime.UnixMicro())
}
