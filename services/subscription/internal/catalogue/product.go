package catalogue

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// ProductType distinguishes services and goods, in CRM.COM's spelling.
type ProductType string

// The values of ProductType.
const (
	ProductService ProductType = "SERVICE"
	PhysicalGood   ProductType = "PHYSICAL_GOOD"
)

// Product is a service or good for sale. Its code and alternative code are unique within the
// tenant.
type Product struct {
	mutation.Revision
	ID              ProductID   `json:"id"`
	Code            string      `json:"code"`
	AlternativeCode string      `json:"alternative_code,omitempty"`
	Name            string      `json:"name,omitempty"`
	Type            ProductType `json:"type"`
	Inactive        bool        `json:"inactive,omitempty"`
	// Prices are at most one for each frequency and currency, and Components what a bundle consists of.
	Prices     []Price     `json:"prices,omitempty"`
	Components []Component `json:"components,omitempty"`
	// Flexible says that each service of the bundle has the components that were chosen for it.
	Flexible bool `json:"flexible,omitempty"`
}

// Kind returns KindProduct.
func (*Product) Kind() resource.Kind { return resource.KindProduct }

// Key returns the id.
func (p *Product) Key() string { return string(p.ID) }

// Keys returns the code and the alternative code.
func (p *Product) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyCode, Value: p.Code}, {Name: resource.KeyAlternativeCode, Value: p.AlternativeCode}}
}

// Public returns the product. It has no secrets.
func (p *Product) Public() any { return p }

// Prepare sets the defaults of a new product.
func (p *Product) Prepare(time.Time) {
	resource.Fill(&p.ID, id.New)
	resource.Fill(&p.Type, func() ProductType { return ProductService })
}
