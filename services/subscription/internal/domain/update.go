package domain

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
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

// UpdateSubscription makes all changes of an update or none. It refuses with REQUIRED or AMBIGUOUS
// a reference without exactly one key, with NOT_FOUND one that finds nothing, with AMBIGUOUS a product that
// the subscription has twice, and with REPEATED a part that is named twice, with TOO_LONG a text that is too long.
//
// A repetition by its idempotency key gets what the first request was answered.
func (s *System) UpdateSubscription(ctx context.Context, by auth.Principal, update Update) (View, error) {
	var view View
	err := s.store.Write(ctx, by, s.clock.Now(), func(ctx context.Context, w Writer) (err error) {
		view, err = idempotency.Do(ctx, w, s.clock.Now(), func() (View, error) { return update.do(ctx, w) })
		return err
	})
	if err != nil {
		return View{}, err
	}
	return view, nil
}

func (u Update) do(ctx context.Context, w Writer) (view View, err error) {
	if err := u.Subscription.find(ctx, w, &view.Subscription); err != nil {
		return View{}, err
	}
	if err := u.apply(ctx, w, &view.Subscription); err != nil {
		return View{}, err
	}
	if err := w.Update(ctx, &view.Subscription); err != nil {
		return View{}, err
	}
	if err := w.Find(ctx, Key{KeyID, string(view.Subscription.Account)}, &view.Account); err != nil {
		return View{}, fmt.Errorf("reading the account of subscription %s: %w", view.Subscription.ID, err)
	}
	if err := w.Find(ctx, Key{KeyID, string(view.Subscription.Type)}, &view.Type); err != nil {
		return View{}, fmt.Errorf("reading the type of subscription %s: %w", view.Subscription.ID, err)
	}
	return view, nil
}

func (u Update) apply(ctx context.Context, r Reader, subscription *Subscription) error {
	if err := checkText("notes", u.Notes); err != nil {
		return err
	}
	u.Notes.apply(&subscription.Notes)
	if u.Group != nil {
		var group Group
		if err := u.Group.find(ctx, r, &group); err != nil {
			return err
		}
		subscription.Group = group.ID
	}
	if u.PrivacyLevel != nil {
		var level PrivacyLevel
		if err := u.PrivacyLevel.find(ctx, r, &level); err != nil {
			return err
		}
		subscription.PrivacyLevel = level.ID
	}
	if err := u.Fields.Apply("", &subscription.Fields); err != nil {
		return err
	}
	if err := updateServices(ctx, r, u.Services, subscription.Services); err != nil {
		return err
	}
	return updateItems(ctx, r, u.Items, subscription.Items)
}

func updateServices(ctx context.Context, r Reader, updates []PartUpdate, services []Service) error {
	parts := make([]part, len(services))
	for i := range services {
		parts[i] = part{id: services[i].ID, of: string(services[i].Product), fields: &services[i].Fields}
	}
	return updateParts(updates, parts, func(of Reference) (string, error) {
		var product Product
		if err := of.find(ctx, r, &product); err != nil {
			return "", err
		}
		if product.Type != ProductService {
			return "", notFound(of.Field, "the product is not a service")
		}
		return string(product.ID), nil
	})
}

func updateItems(ctx context.Context, r Reader, updates []PartUpdate, items []Installation) error {
	parts := make([]part, len(items))
	for i := range items {
		parts[i] = part{id: items[i].ID, of: string(items[i].Item), fields: &items[i].Fields}
	}
	return updateParts(updates, parts, func(of Reference) (string, error) {
		var item InstalledItem
		err := of.find(ctx, r, &item)
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
		return part{}, notFound(field, "the subscription has none such")
	default:
		return part{}, fault.InvalidField(field, reason.Ambiguous, "the subscription has %d such; name one by %s", len(found), u.IDField)
	}
}
