package catalogue

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// ProductType tells services from goods; its text is CRM.COM's word.
type ProductType string

// The types of product.
const (
	ProductService ProductType = "SERVICE"
	PhysicalGood   ProductType = "PHYSICAL_GOOD"
)

// Product is something sold. No two of a tenant have the same code or alternative code.
type Product struct {
	mutation.Revision
	ID              ProductID   `json:"id"`
	Code            string      `json:"code"`
	AlternativeCode string      `json:"alternative_code,omitempty"`
	Name            string      `json:"name,omitempty"`
	Type            ProductType `json:"type"`
}

// Kind is KindProduct.
func (*Product) Kind() resource.Kind { return resource.KindProduct }

// Key is the id.
func (p *Product) Key() string { return string(p.ID) }

// Keys are the code and the alternative code.
func (p *Product) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyCode, Value: p.Code}, {Name: resource.KeyAlternativeCode, Value: p.AlternativeCode}}
}

// Public is the product.
func (p *Product) Public() any { return p }

// Prepare fills what a new one leaves open.
func (p *Product) Prepare(time.Time) {
	resource.Fill(&p.ID, id.New)
	resource.Fill(&p.Type, func() ProductType { return ProductService })
}
