package subscription

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// PartUpdate changes user defined fields of one service or installed item of a subscription. The
// part is identified either by its id within the subscription or by its product or item.
type PartUpdate struct {
	// Field is the path of the part in the request, IDField the name of the parameter with the id, or empty if that is the part
	// itself.
	Field, IDField string
	// ID is the id within the subscription, or empty if not given.
	ID string
	// Of is the product or item, or nil if not given.
	Of     *resource.Reference
	Fields userfield.Changes
}

func updateServices(ctx context.Context, r Reader, updates []PartUpdate, services []SubscribedService, definitions userfield.Definitions) error {
	parts := make([]part, len(services))
	for i := range services {
		parts[i] = part{id: services[i].ID, of: string(services[i].Product), fields: &services[i].Fields}
		if services[i].State.Ended() {
			parts[i].of = "" // it is found by its id alone
		}
	}
	return updateParts(updates, parts, definitions.Checking(userfield.OfService), func(of resource.Reference) (string, error) {
		product, err := resource.Find(ctx, of, r.Product)
		if err != nil {
			return "", err
		}
		if product.Type != catalogue.ProductService {
			return "", resource.NotFound(of.Field, "the product is not a service")
		}
		return string(product.ID), nil
	})
}

func updateItems(ctx context.Context, r Reader, updates []PartUpdate, items []Installation, definitions userfield.Definitions) error {
	parts := make([]part, len(items))
	for i := range items {
		parts[i] = part{id: items[i].ID, of: string(items[i].Item), fields: &items[i].Fields}
	}
	return updateParts(updates, parts, definitions.Checking(userfield.OfItem), func(of resource.Reference) (string, error) {
		item, err := resource.Find(ctx, of, r.InstalledItem)
		return string(item.ID), err
	})
}

// part is what services and installed items of a subscription share: the id within the
// subscription, the id of the product or item, and the user defined fields.
type part struct {
	id, of string
	fields *userfield.Fields
}

// updateParts applies the updates. check checks the fields of a part, and resolve returns the id of the product or item for a reference.
func updateParts(updates []PartUpdate, parts []part, check userfield.Checking, resolve func(resource.Reference) (string, error)) error {
	updated := map[string]bool{}
	for _, update := range updates {
		chosen, err := update.choose(parts, resolve)
		if err != nil {
			return err
		}
		if updated[chosen.id] {
			return fault.InvalidField(update.Field, reason.Repeated, "names %q, which an entry before it named already", chosen.id)
		}
		updated[chosen.id] = true
		before := *chosen.fields
		if err := update.Fields.Apply(update.Field+".", chosen.fields); err != nil {
			return err
		}
		if err := check(chosen.fields, &before, userfield.VendorPath(update.Field+".")); err != nil {
			return err
		}
	}
	return nil
}

// choose returns the part that the update identifies.
func (u PartUpdate) choose(parts []part, resolve func(resource.Reference) (string, error)) (part, error) {
	field, matches := u.Field, func(p part) bool { return p.id == u.ID }
	if u.IDField != "" {
		field += "." + u.IDField
	}
	switch {
	case u.ID == "" && u.Of == nil:
		return part{}, fault.InvalidField(u.Field, reason.Required, "one of %s and the identifier is required", u.IDField)
	case u.ID != "" && u.Of != nil:
		return part{}, fault.InvalidField(u.Field, reason.Ambiguous, "only one of %s and the identifier may be given", u.IDField)
	case u.Of != nil:
		of, err := resolve(*u.Of)
		if err != nil {
			return part{}, err
		}
		field, matches = u.Of.Field, func(p part) bool { return p.of == of }
	}
	var found []part
	for _, p := range parts {
		if matches(p) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return part{}, resource.NotFound(field, "the subscription has none such")
	default:
		return part{}, fault.InvalidField(field, reason.Ambiguous, "the subscription has %d such; name one by %s", len(found), u.IDField)
	}
}
