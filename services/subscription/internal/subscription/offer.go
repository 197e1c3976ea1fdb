package subscription

import (
	"cmp"
	"context"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/pricing"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Offered is a service that a subscription can have.
type Offered struct {
	Product catalogue.Product
	// Mandatory services are those that an active subscription must have.
	Mandatory bool
}

// maxOffered is how many services are offered at most.
const maxOffered = 1000

// Addable returns the services that can be added to a subscription, in the order of their ids. Faults are those of finding the
// subscription.
func (s *Service) Addable(ctx context.Context, target Target) ([]Offered, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Offered, error) {
		present, err := target.find(ctx, r)
		if err != nil {
			return nil, err
		}
		return offersTo(ctx, r, present)
	})
}

// Swappable returns the services that can take the place of one by an operation, in the order of their ids. If the target names neither a subscription nor an
// account, the service has an id, by which it is found among the subscriptions that the caller sees. Faults are those of finding the subscription and its
// service.
func (s *Service) Swappable(ctx context.Context, target Target, service PartUpdate, by lifecycle.Operation) ([]Offered, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Offered, error) {
		if service.ID != "" && target.Account == nil && !target.Subscription.Given() {
			found, err := withService(ctx, r, service, target.Subscription.Field)
			if err != nil {
				return nil, err
			}
			target.Subscription.Keys = []resource.Key{resource.ByID(found)}
		}
		present, err := target.find(ctx, r)
		if err != nil {
			return nil, err
		}
		id, err := presentService(ctx, r, service, present.Services, nil)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(present.Services, func(s SubscribedService) bool { return s.ID == id })
		offered, err := offersTo(ctx, r, present)
		if err != nil {
			return nil, err
		}
		return compared(ctx, r, present, present.Services[at], offered, by)
	})
}

// mostWithService is among how many subscriptions with a service of the same id the only one is sought that a caller sees.
const mostWithService = 1000

// withService returns the id of the only subscription that the caller sees and that has a service with an id. Faults: NOT_FOUND; AMBIGUOUS if several have one, or
// more than mostWithService that the caller may not see: byField is the field by which one of them is named.
func withService(ctx context.Context, r Reader, service PartUpdate, byField string) (found ID, err error) {
	ids, err := r.WithService(ctx, service.ID, mostWithService+1)
	if err != nil {
		return "", err
	}
	ambiguous := fault.InvalidField(service.Field, reason.Ambiguous, "several subscriptions have a service with the id %q; name one by %s", service.ID, byField)
	if len(ids) > mostWithService {
		return "", ambiguous
	}
	for some := range slices.Chunk(ids, readAtOnce) {
		seen, err := list(r, ctx, listing.Query{Where: listing.IsOneOf("name", some), Order: byID, Limit: 2})
		if err != nil {
			return "", err
		}
		if len(seen) > 1 || len(seen) > 0 && found != "" {
			return "", ambiguous
		}
		if len(seen) > 0 {
			found = seen[0].ID
		}
	}
	if found == "" {
		return "", resource.NotFound(service.Field, "no subscription has a service with this id")
	}
	return found, nil
}

// Schemes returns the billing term schemes that can be given to subscriptions of a type, in the order of their ids; nil means any type. Faults are
// those of finding the type.
func (s *Service) Schemes(ctx context.Context, kind *resource.Reference) ([]catalogue.BillingTermScheme, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]catalogue.BillingTermScheme, error) {
		if kind != nil {
			if _, err := resource.Find(ctx, *kind, r.SubscriptionType); err != nil {
				return nil, err
			}
		}
		return r.BillingTermSchemes(ctx, listing.Query{Where: listing.Is("state", catalogue.SchemeEffective), Order: byID, Limit: maxOffered})
	})
}

// offersTo returns the active services of a subscription's type.
func offersTo(ctx context.Context, r Reader, to Subscription) (offered []Offered, err error) {
	kind, err := r.SubscriptionType(ctx, resource.ByID(to.Type))
	if err != nil {
		return nil, err
	}
	mandatory := map[catalogue.ProductID]bool{}
	for _, service := range kind.Services {
		mandatory[service.Product] = service.Mandatory
	}
	var found []catalogue.Product
	if len(kind.Services) == 0 {
		found, err = r.Products(ctx, listing.Query{
			Where: listing.All(listing.Is("type", catalogue.ProductService), listing.Is("inactive", false)), Order: byID, Limit: maxOffered,
		})
	} else {
		var listed map[catalogue.ProductID]catalogue.Product
		wanted := map[catalogue.ProductID]bool{}
		for _, service := range kind.Services {
			wanted[service.Product] = true
		}
		listed, err = readAll(ctx, wanted, r.Products, func(p catalogue.Product) catalogue.ProductID { return p.ID })
		for _, product := range listed {
			found = append(found, product)
		}
		slices.SortFunc(found, func(a, b catalogue.Product) int { return cmp.Compare(a.ID, b.ID) })
	}
	for _, product := range found {
		if !product.Inactive {
			offered = append(offered, Offered{Product: product, Mandatory: mandatory[product.ID]})
		}
	}
	return offered, err
}

// compared returns the offers for which a swap of a service is what an operation says.
func compared(ctx context.Context, r Reader, of Subscription, service SubscribedService, offered []Offered, by lifecycle.Operation) (fitting []Offered, err error) {
	c, err := costingOf(ctx, r, of)
	if err != nil {
		return nil, err
	}
	var present pricing.Units
	priced := false
	if c != nil {
		if present, priced, err = c.price(ctx, service.Product, service.Components...); err != nil {
			return nil, err
		}
	}
	for _, offer := range offered {
		fits := by == lifecycle.SwitchService
		if !fits && priced {
			price, known, err := c.price(ctx, offer.Product.ID)
			if err != nil {
				return nil, err
			}
			fits = known && (by == lifecycle.UpgradeService && price.Cmp(present.Int) > 0 || by == lifecycle.DowngradeService && price.Cmp(present.Int) < 0)
		}
		if fits && offer.Product.ID != service.Product {
			fitting = append(fitting, offer)
		}
	}
	return fitting, nil
}
