package domain

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Update is what to change of a subscription. What it leaves open keeps its value.
type Update struct {
	Subscription Reference
	Notes        Change[string]
	// Group and PrivacyLevel are the new ones; nil keeps them.
	Group        *Reference
	PrivacyLevel *Reference
	Fields       FieldChanges
	// Services and Items change user defined fields of the subscription's services and installed items.
	Services []PartUpdate
	Items    []PartUpdate
}

// PartUpdate changes user defined fields of one service or installed item of a subscription, which is named either by
// its id within the subscription or by the product or item it relates to.
type PartUpdate struct {
	// Field is where the part stands in the request, IDField the name of the parameter that holds the id.
	Field, IDField string
	// ID is the id within the subscription; empty: not given.
	ID string
	// Of is the product or the item; nil: not given.
	Of     *Reference
	Fields FieldChanges
}

// View is a subscription with what it belongs to.
type View struct {
	Subscription Subscription
	Account      Account
	Type         SubscriptionType
}

// subscriptions are how subscriptions are found and kept.
var subscriptions = mutation.Resource[Reference, Subscription, SubscriptionWriter]{
	What: "subscription",
	Find: func(w SubscriptionWriter, ctx context.Context, reference Reference) (Subscription, error) {
		return Find(ctx, reference, w.Subscription)
	},
	Keep: SubscriptionWriter.UpdateSubscription,
}

// Update makes all changes of an update or none; where it changes nothing, the subscription stays at its version. It refuses
// with REQUIRED or AMBIGUOUS a reference without exactly one key, with NOT_FOUND one that finds nothing, with AMBIGUOUS a
// product that the subscription has twice, with REPEATED a part that is named twice, and with TOO_LONG a text that is too
// long.
//
// A repetition by its idempotency key gets what the first request was answered.
func (s *SubscriptionService) Update(ctx context.Context, update Update, options ...mutation.Option) (View, error) {
	return mutation.Run(ctx, s.Service, update.do, options...)
}

func (u Update) do(ctx context.Context, w SubscriptionWriter) (view View, err error) {
	view.Subscription, _, err = mutation.Revise(ctx, w, subscriptions, u.Subscription, "", u.apply)
	if err != nil {
		return View{}, err
	}
	if view.Account, err = w.Account(ctx, Key{KeyID, string(view.Subscription.Account)}); err != nil {
		return View{}, fmt.Errorf("reading the account of subscription %s: %w", view.Subscription.ID, err)
	}
	if view.Type, err = w.SubscriptionType(ctx, Key{KeyID, string(view.Subscription.Type)}); err != nil {
		return View{}, fmt.Errorf("reading the type of subscription %s: %w", view.Subscription.ID, err)
	}
	return view, nil
}

func (u Update) apply(ctx context.Context, w SubscriptionWriter, subscription *Subscription) error {
	if err := CheckText("notes", u.Notes); err != nil {
		return err
	}
	u.Notes.Apply(&subscription.Notes)
	if u.Group != nil {
		group, err := Find(ctx, *u.Group, w.Group)
		if err != nil {
			return err
		}
		subscription.Group = group.ID
	}
	if u.PrivacyLevel != nil {
		level, err := Find(ctx, *u.PrivacyLevel, w.PrivacyLevel)
		if err != nil {
			return err
		}
		subscription.PrivacyLevel = level.ID
	}
	if err := u.Fields.Apply("", &subscription.Fields); err != nil {
		return err
	}
	if err := updateServices(ctx, w, u.Services, subscription.Services); err != nil {
		return err
	}
	return updateItems(ctx, w, u.Items, subscription.Items)
}

func updateServices(ctx context.Context, r SubscriptionReader, updates []PartUpdate, services []SubscribedService) error {
	parts := make([]part, len(services))
	for i := range services {
		parts[i] = part{id: services[i].ID, of: string(services[i].Product), fields: &services[i].Fields}
	}
	return updateParts(updates, parts, func(of Reference) (string, error) {
		product, err := Find(ctx, of, r.Product)
		if err != nil {
			return "", err
		}
		if product.Type != ProductService {
			return "", NotFound(of.Field, "the product is not a service")
		}
		return string(product.ID), nil
	})
}

func updateItems(ctx context.Context, r SubscriptionReader, updates []PartUpdate, items []Installation) error {
	parts := make([]part, len(items))
	for i := range items {
		parts[i] = part{id: items[i].ID, of: string(items[i].Item), fields: &items[i].Fields}
	}
	return updateParts(updates, parts, func(of Reference) (string, error) {
		item, err := Find(ctx, of, r.InstalledItem)
		return string(item.ID), err
	})
}

// part is what services and installed items of a subscription have in common: the id within the subscription, the id
// of the product or item, and the user defined fields.
type part struct {
	id, of string
	fields *UserFields
}

// updateParts makes the updates; resolve is the id of the product or item that a reference names.
func updateParts(updates []PartUpdate, parts []part, resolve func(Reference) (string, error)) error {
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
		if err := update.Fields.Apply(update.Field+".", chosen.fields); err != nil {
			return err
		}
	}
	return nil
}

// choose is the one part that the update names.
func (u PartUpdate) choose(parts []part, resolve func(Reference) (string, error)) (part, error) {
	field, matches := u.Field+"."+u.IDField, func(p part) bool { return p.id == u.ID }
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
		return part{}, NotFound(field, "the subscription has none such")
	default:
		return part{}, fault.InvalidField(field, reason.Ambiguous, "the subscription has %d such; name one by %s", len(found), u.IDField)
	}
}
