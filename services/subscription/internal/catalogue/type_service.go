package catalogue

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// TypeService is a service that subscriptions of a type can have.
type TypeService struct {
	Product ProductID `json:"product"`
	// Mandatory services are those that an active subscription must have.
	Mandatory bool `json:"mandatory,omitempty"`
}

// ProductFinder reads the products of one tenant.
type ProductFinder interface {
	// Product returns the product with a key: its id, code or alternative code.
	Product(ctx context.Context, key resource.Key) (Product, error)
}

// Offers reports whether subscriptions of the type can have a service of a product.
func (t *SubscriptionType) Offers(product ProductID) bool {
	return len(t.Services) == 0 || slices.ContainsFunc(t.Services, func(s TypeService) bool { return s.Product == product })
}

// CheckServices checks that the services of the type are products that are services, each once. present is the type before a change, or nil
// if it is new; what it has already is not checked again. An imported type can have inactive ones.
func (t *SubscriptionType) CheckServices(ctx context.Context, r ProductFinder, present *SubscriptionType, imported bool) error {
	seen := map[ProductID]bool{}
	for i, service := range t.Services {
		field := fmt.Sprintf("subscription_type.services[%d].product", i)
		if seen[service.Product] {
			return fault.InvalidField(field, reason.Repeated, "%q is in the list twice", service.Product)
		}
		seen[service.Product] = true
		if present != nil && len(present.Services) > 0 && present.Offers(service.Product) {
			continue
		}
		product, err := resource.FindID(ctx, field, string(service.Product), r.Product)
		switch {
		case err != nil:
			return err
		case product.Type != ProductService:
			return fault.InvalidField(field, reason.InvalidValue, "product %s is not a service", product.ID)
		}
		if err := resource.CheckActive(field, product.Inactive && !imported); err != nil {
			return err
		}
	}
	return nil
}
