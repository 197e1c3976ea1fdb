package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// productColumns maps the fields of the product list to columns.
var productColumns = map[string]string{
	"name": "id", "code": "code", "alternative_code": "alternative_code", "display_name": "name", "type": "type",
	"inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// productRow converts a product to a row of its table.
func productRow(tenant auth.Tenant, product *catalogue.Product) (rows.CreateProductParams, error) {
	text, err := document(product)
	return rows.CreateProductParams{
		Tenant:          string(tenant),
		ID:              string(product.ID),
		Code:            plain(product.Code),
		AlternativeCode: optional(product.AlternativeCode),
		Version:         product.Version,
		Document:        text,
		Name:            optional(product.Name),
		Type:            string(product.Type),
		Inactive:        product.Inactive,
		Created:         product.Created.UnixMicro(),
		Updated:         product.Updated.UnixMicro(),
	}, err
}

func (r *reader) Product(ctx context.Context, key resource.Key) (catalogue.Product, error) {
	return one[catalogue.Product](ctx, r, "Product", key, finders{
		resource.KeyID:              r.rows.GetProduct,
		resource.KeyCode:            r.rows.GetProductByCode,
		resource.KeyAlternativeCode: r.rows.GetProductByAlternativeCode,
	})
}

func (r *reader) Products(ctx context.Context, query listing.Query) ([]catalogue.Product, error) {
	found, err := r.list(query, productColumns).ListProducts(ctx, string(r.tenant))
	return many[catalogue.Product]("Product", found, err)
}
