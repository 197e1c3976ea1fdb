package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// installedItemColumns maps the fields of the installed item list to columns.
var installedItemColumns = map[string]string{
	"name": "id", "serial_number": "serial_number", "alternative_code": "alternative_code", "display_name": "name",
	"inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// installedItemRow converts an installed item to a row of its table.
func installedItemRow(tenant auth.Tenant, item *catalogue.InstalledItem) (rows.CreateInstalledItemParams, error) {
	text, err := document(item)
	return rows.CreateInstalledItemParams{
		Tenant:          string(tenant),
		ID:              string(item.ID),
		SerialNumber:    plain(item.SerialNumber),
		AlternativeCode: optional(item.AlternativeCode),
		Version:         item.Version,
		Document:        text,
		Name:            optional(item.Name),
		Inactive:        item.Inactive,
		Created:         item.Created.UnixMicro(),
		Updated:         item.Updated.UnixMicro(),
	}, err
}

func (r *reader) InstalledItem(ctx context.Context, key resource.Key) (catalogue.InstalledItem, error) {
	return one[catalogue.InstalledItem](ctx, r, "InstalledItem", key, finders{
		resource.KeyID:              r.rows.GetInstalledItem,
		resource.KeySerialNumber:    r.rows.GetInstalledItemBySerialNumber,
		resource.KeyAlternativeCode: r.rows.GetInstalledItemByAlternativeCode,
	})
}

func (r *reader) InstalledItems(ctx context.Context, query listing.Query) ([]catalogue.InstalledItem, error) {
	found, err := r.list(query, installedItemColumns).ListInstalledItems(ctx, string(r.tenant))
	return many[catalogue.InstalledItem]("InstalledItem", found, err)
}
