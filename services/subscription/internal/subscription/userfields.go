package subscription

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/unique"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// UniqueWriter reads what user defined fields mean, and keeps the values of those that are unique.
type UniqueWriter interface {
	// Settings returns the settings of the tenant, at version 0 if they were never set.
	Settings(ctx context.Context) (Settings, error)
	unique.Writer
	// ForgetUnique forgets the values of a field of all resources of a kind.
	ForgetUnique(ctx context.Context, kind resource.Kind, field userfield.Name) error
}

// KeepUnique keeps the values of a resource's unique fields. The error is an ALREADY_EXISTS fault, which names the label, if another
// one has one of them. Resources of other kinds have none.
func KeepUnique(ctx context.Context, w UniqueWriter, of resource.Resource) error {
	path := userfield.NativePath("subscription.")
	switch of.(type) {
	case *Subscription:
	case *Action:
		path = userfield.NativePath("details.")
	case *account.Account:
		path = userfield.NativePath("account.")
	default:
		return nil
	}
	settings, err := w.Settings(ctx)
	if err != nil {
		return err
	}
	return keepUnique(ctx, w, settings.UserFields, of, path)
}

func keepUnique(ctx context.Context, w UniqueWriter, definitions userfield.Definitions, of resource.Resource, path userfield.Path) error {
	object, fields := userFieldsOf(of)
	return unique.Keep(ctx, w, definitions, object, of, fields, path)
}

// userFieldsOf returns the fields of a resource that can be unique, or nil.
func userFieldsOf(of resource.Resource) (userfield.Object, *userfield.Fields) {
	switch of := of.(type) {
	case *Subscription:
		return userfield.OfSubscription, &of.Fields
	case *Action:
		return userfield.OfAction, &of.Fields
	case *account.Account:
		return userfield.OfAccount, &of.Fields
	}
	return "", nil
}

// checkFields checks the values of a subscription, its services and its items that differ from those of the present one, if there is one.
func (s *Subscription) checkFields(settings Settings, how Preparation) error {
	if len(settings.UserFields) == 0 {
		return nil
	}
	const object = "subscription."
	present, path := how.Present, how.FieldsPath
	if path == nil {
		path = userfield.NativePath(object)
	}
	var before *userfield.Fields
	if present != nil {
		before = &present.Fields
	} else {
		present = &Subscription{}
	}
	if err := settings.UserFields.Check(userfield.OfSubscription, &s.Fields, before, path); err != nil {
		return err
	}
	for i := range s.Services {
		was := slices.IndexFunc(present.Services, func(p SubscribedService) bool { return p.ID == s.Services[i].ID })
		if before = nil; was >= 0 {
			before = &present.Services[was].Fields
		}
		if err := settings.UserFields.Check(userfield.OfService, &s.Services[i].Fields, before, userfield.NativePath(fmt.Sprintf("%sservices[%d].", object, i))); err != nil {
			return err
		}
	}
	for i := range s.Items {
		was := slices.IndexFunc(present.Items, func(p Installation) bool { return p.ID == s.Items[i].ID })
		if before = nil; was >= 0 {
			before = &present.Items[was].Fields
		}
		if err := settings.UserFields.Check(userfield.OfItem, &s.Items[i].Fields, before, userfield.NativePath(fmt.Sprintf("%sinstalled_items[%d].", object, i))); err != nil {
			return err
		}
	}
	return nil
}

// fillingWriter reads all resources whose fields can be unique.
type fillingWriter interface {
	UniqueWriter
	// Subscriptions returns the subscriptions that match a query.
	Subscriptions(ctx context.Context, query listing.Query) ([]Subscription, error)
	// Actions returns the actions that match a query.
	Actions(ctx context.Context, query listing.Query) ([]Action, error)
	// Accounts returns the accounts that match a query.
	Accounts(ctx context.Context, query listing.Query) ([]account.Account, error)
}

// uniqueKinds are the kinds of resources whose fields can be unique.
var uniqueKinds = map[userfield.Object]resource.Kind{
	userfield.OfSubscription: resource.KindSubscription, userfield.OfAction: resource.KindAction, userfield.OfAccount: resource.KindAccount,
}

// FillUnique keeps the values of the unique fields of what is there already, before the first settings of a tenant are stored. The error is
// an INCONSISTENT fault if two resources have the same.
func (s *Settings) FillUnique(ctx context.Context, w fillingWriter) error {
	return s.reviseUnique(ctx, w, nil)
}

// fillAtOnce is how many resources are read at a time.
const fillAtOnce = 500

// reviseUnique keeps the values of fields that have become unique, and forgets those of fields that are not any more. The error is an
// INCONSISTENT fault if two resources have the same.
func (s *Settings) reviseUnique(ctx context.Context, w fillingWriter, before userfield.Definitions) error {
	for object, kind := range uniqueKinds {
		was, is := before.Unique(object), s.UserFields.Unique(object)
		in := func(all userfield.Definitions, field userfield.Name) bool {
			return slices.ContainsFunc(all, func(one userfield.Definition) bool { return one.Field == field })
		}
		for _, one := range was {
			if !in(is, one.Field) {
				if err := w.ForgetUnique(ctx, kind, one.Field); err != nil {
					return err
				}
			}
		}
		fresh := slices.DeleteFunc(is, func(one userfield.Definition) bool { return in(was, one.Field) })
		if len(fresh) == 0 {
			continue
		}
		if err := eachOf(ctx, w, kind, func(of resource.Resource) error { return s.fill(ctx, w, of, fresh) }); err != nil {
			return err
		}
	}
	return nil
}

// eachOf calls do with all resources of a kind.
func eachOf(ctx context.Context, r fillingWriter, kind resource.Kind, do func(resource.Resource) error) error {
	list := func(ctx context.Context, query listing.Query) (all []resource.Resource, err error) {
		switch kind {
		case resource.KindAction:
			return resources(r.Actions(ctx, query))
		case resource.KindAccount:
			return resources(r.Accounts(ctx, query))
		default:
			return resources(r.Subscriptions(ctx, query))
		}
	}
	return listing.Each(ctx, list, listing.Query{Order: byID, Limit: fillAtOnce}, func(one resource.Resource) any { return one.Key() }, do)
}

// resources returns what was read as resources.
func resources[T any, P resource.Pointer[T]](found []T, err error) (all []resource.Resource, _ error) {
	for i := range found {
		all = append(all, P(&found[i]))
	}
	return all, err
}

// fill keeps the values of a resource's fields that have become unique.
func (s *Settings) fill(ctx context.Context, w UniqueWriter, of resource.Resource, fresh userfield.Definitions) error {
	_, fields := userFieldsOf(of)
	for _, one := range fresh {
		value, given := fields.Value(one.Field)
		if !given {
			continue
		}
		added, err := w.AddUnique(ctx, of, one.Field, value)
		if err != nil {
			return err
		}
		if !added {
			i := slices.IndexFunc(s.UserFields, func(d userfield.Definition) bool { return d.Object == one.Object && d.Field == one.Field })
			return fault.InvalidField(fmt.Sprintf("settings.user_field_definitions[%d].unique", i), reason.Inconsistent,
				"%s has the same %q as another one: %q; change one of them first", resource.Name(of), one.Label, value)
		}
	}
	return nil
}
