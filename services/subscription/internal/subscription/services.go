package subscription

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// ServiceOrder asks to add, end or swap one service.
type ServiceOrder struct {
	// Field is the path of the entry in the request.
	Field string
	// Present identifies the present service. It is not used for services that are added.
	Present PartUpdate
	// Swaps tells of a replacement by a type that the service takes the place of the present one; without it the service is one more.
	Swaps bool `json:",omitempty"`
	// Product refers to the product of the service that is added or takes the place of the present one; nil for none.
	Product *resource.Reference
	// Components refer to the components of a new service of a flexible bundle, and ComponentsField is the field that holds them.
	Components      []resource.Reference
	ComponentsField string
}

// maxServices is how many services a subscription can have, ended ones included.
const maxServices = 1000

// serviceChanges returns what an order does with services, new ones being those of a type. What the action that was submitted before with its transaction reference, known, has
// ended is found as if it had not; nil for none.
func (o Order) serviceChanges(ctx context.Context, w Writer, present Subscription, kind catalogue.SubscriptionType, known *Action) ([]ServiceChange, error) {
	var before []ServiceChange
	if known != nil && known.Subscription == present.ID && known.Operation == o.Operation {
		before = known.Services
	}
	changes := make([]ServiceChange, len(o.Services))
	for i, asked := range o.Services {
		change := &changes[i]
		adds := o.Operation.Adds() || o.Operation.ByType() && !asked.Swaps
		if !adds {
			found, err := presentService(ctx, w, asked.Present, present.Services, before)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(changes[:i], func(before ServiceChange) bool { return before.ID == found }) {
				return nil, fault.InvalidField(asked.Field, reason.Repeated, "names %q, which an entry before it named already", found)
			}
			change.ID = found
		}
		if adds || o.Operation.Swaps() || asked.Swaps {
			if asked.Product == nil {
				return nil, fault.Required(asked.Field + ".service_identifier")
			}
			offered := asked.offered
			if known != nil {
				offered = asked.named // what can be added may have changed since
			}
			if err := offered(ctx, w, kind, change); err != nil {
				return nil, err
			}
			change.NewID = id.New()
		}
	}
	return changes, nil
}

// presentService returns the id of the service that a request identifies. A product names those services that have not ended or, if the same
// action has changed some of the product before, these.
func presentService(ctx context.Context, r Reader, asked PartUpdate, services []SubscribedService, before []ServiceChange) (string, error) {
	changed, products := map[string]bool{}, map[catalogue.ProductID]bool{}
	for _, change := range before {
		changed[change.ID] = true
	}
	for _, service := range services {
		products[service.Product] = products[service.Product] || changed[service.ID]
	}
	parts := make([]part, len(services))
	for i, service := range services {
		parts[i] = part{id: service.ID}
		if changed[service.ID] || !service.State.Ended() && !products[service.Product] {
			parts[i].of = string(service.Product)
		}
	}
	chosen, err := asked.choose(parts, func(of resource.Reference) (string, error) {
		product, err := resource.Find(ctx, of, r.Product)
		return string(product.ID), err
	})
	return chosen.id, err
}

// offered notes the product and the components of a service to add, if they are for new services of a type.
func (o ServiceOrder) offered(ctx context.Context, r Reader, kind catalogue.SubscriptionType, change *ServiceChange) error {
	product, err := serviceProduct(ctx, r, *o.Product)
	if err != nil {
		return err
	}
	if err := checkOffered(o.Product.Field, kind, product.ID); err != nil {
		return err
	}
	change.Product = product.ID
	change.Components, err = chosenComponents(ctx, r, product, o.ComponentsField, o.Components)
	return err
}

// named notes the product and the components of a service, whatever they are for by now.
func (o ServiceOrder) named(ctx context.Context, r Reader, _ catalogue.SubscriptionType, change *ServiceChange) error {
	product, err := resource.Find(ctx, *o.Product, r.Product)
	if err != nil {
		return err
	}
	change.Product = product.ID
	for _, reference := range o.Components {
		component, err := resource.Find(ctx, reference, r.Product)
		if err != nil {
			return err
		}
		change.Components = append(change.Components, component.ID)
	}
	return nil
}

// serviceProduct returns the product that a reference identifies, if it is an active service.
func serviceProduct(ctx context.Context, r Reader, reference resource.Reference) (catalogue.Product, error) {
	product, err := resource.Find(ctx, reference, r.Product)
	switch {
	case err != nil:
		return product, err
	case product.Type != catalogue.ProductService:
		return product, fault.InvalidField(reference.Field, reason.InvalidValue, "product %s is not a service", product.ID)
	}
	return product, resource.CheckActive(reference.Field, product.Inactive)
}

// chosenComponents returns the products that references in a field choose as components of a new service of a product.
func chosenComponents(ctx context.Context, r Reader, of catalogue.Product, field string, references []resource.Reference) (chosen []catalogue.ProductID, err error) {
	for _, reference := range references {
		component, err := resource.Find(ctx, reference, r.Product)
		if err != nil {
			return nil, err
		}
		if err := resource.CheckActive(reference.Field, component.Inactive); err != nil {
			return nil, err
		}
		chosen = append(chosen, component.ID)
	}
	return chosen, of.CheckChosen(field, chosen)
}

// sameServices reports whether two actions do the same with services, apart from the ids that they give to new ones.
func sameServices(a, b []ServiceChange) bool {
	return slices.EqualFunc(a, b, func(a, b ServiceChange) bool {
		return a.ID == b.ID && a.Product == b.Product && slices.Equal(a.Components, b.Components)
	})
}

// executeServices does what an action asks for with services, and returns the subscription after it. If it returns a fault,
// it has stored nothing.
func (a *Action) executeServices(ctx context.Context, w Writer, present Subscription, situation lifecycle.Situation) (Subscription, error) {
	after, err := a.changeServices(ctx, w, present, situation)
	if err != nil {
		return Subscription{}, err
	}
	if a.Effect.Cost, err = costOf(ctx, w, present, after, a, situation.Today); err != nil {
		return Subscription{}, err
	}
	if err := w.Update(ctx, &after); err != nil {
		return Subscription{}, err
	}
	a.settle(ActionExecuted, w.Now())
	return after, nil
}

// changeServices does what an action asks for with the services of a subscription, and notes the effect.
func (a *Action) changeServices(ctx context.Context, r Reader, present Subscription, situation lifecycle.Situation) (Subscription, error) {
	after := present.Clone()
	a.Effect = &Effect{From: present.State, To: present.State}
	for _, change := range a.Services {
		if err := a.executeService(ctx, r, change, &after, situation); err != nil {
			return Subscription{}, err
		}
	}
	if err := a.checkMandatory(ctx, r, after, situation); err != nil {
		return Subscription{}, err
	}
	if slices.ContainsFunc(present.Services, binds) && !slices.ContainsFunc(after.Services, binds) { // it would end in all but name
		if err := situation.CheckLastService(a.Operation); err != nil {
			return Subscription{}, err
		}
	}
	if len(after.Services) > maxServices {
		return Subscription{}, fault.New(fault.FailedPrecondition, reason.TooMany, "the subscription would have more than %d services, ended ones included", maxServices)
	}
	return after, nil
}

// checkMandatory checks that an action on services leaves an active subscription the mandatory ones that it had.
func (a *Action) checkMandatory(ctx context.Context, r Reader, after Subscription, situation lifecycle.Situation) error {
	if situation.Missing != "" || after.State != Effective && after.State != ShortTermEffective {
		return nil
	}
	kind, err := r.SubscriptionType(ctx, resource.ByID(after.Type))
	if err != nil {
		return err
	}
	situation.Missing = string(after.missing(kind))
	return situation.CheckServices()
}

// checkServiceNow checks that the type of a subscription offers a product when its service is added, and that its components are still to be had.
func checkServiceNow(ctx context.Context, r Reader, of catalogue.TypeID, product catalogue.Product, components []catalogue.ProductID) error {
	kind, err := r.SubscriptionType(ctx, resource.ByID(of))
	if err != nil {
		return err
	}
	if err := checkOffered("service_identifier", kind, product.ID); err != nil {
		return err
	}
	references := make([]resource.Reference, len(components))
	for i, component := range components {
		references[i] = resource.Reference{Field: ComponentsField, Keys: []resource.Key{resource.ByID(component)}}
	}
	_, err = chosenComponents(ctx, r, product, ComponentsField, references)
	return err
}

// executeService adds, ends or swaps one service.
func (a *Action) executeService(ctx context.Context, r Reader, change ServiceChange, after *Subscription, situation lifecycle.Situation) (err error) {
	begun := lifecycle.Service{}
	if a.Operation.Adds() {
		if begun.State, err = situation.Added(a.Operation); err != nil {
			return err
		}
	} else {
		of := slices.IndexFunc(after.Services, func(service SubscribedService) bool { return service.ID == change.ID })
		if of < 0 {
			return resource.NotFound("subscription_service_id", "the subscription has none such")
		}
		life := &after.Services[of].ServiceLife
		to, err := situation.NextOfService(a.Operation, change.ID, life.State, life.FirstActivated)
		if err != nil {
			return err
		}
		a.Effect.Services = append(a.Effect.Services, ServiceEffect{ID: change.ID, From: life.State, To: to})
		begun.State = life.State
		life.become(lifecycle.Service{State: to}, situation.Today)
	}
	if change.Product == "" {
		return nil
	}
	product, err := serviceProduct(ctx, r, resource.Reference{Field: "service_identifier", Keys: []resource.Key{resource.ByID(change.Product)}})
	if err != nil {
		return err
	}
	if err := checkServiceNow(ctx, r, after.Type, product, change.Components); err != nil {
		return err
	}
	added := SubscribedService{ID: change.NewID, Product: change.Product, Components: change.Components, ServiceLife: ServiceLife{Added: situation.Today}}
	added.become(begun, situation.Today)
	after.Services = append(after.Services, added)
	a.Effect.Services = append(a.Effect.Services, ServiceEffect{ID: added.ID, To: added.State})
	return nil
}
