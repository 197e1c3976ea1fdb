package books

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// exported lists the kinds that are exported, each after those it refers to. Sessions are not
// exported: they are only valid where they were opened.
var exported = []struct {
	kind resource.Kind
	list list
	// only says which of the kind are meant; nil means all.
	only func(resource.Resource) bool
}{
	{resource.KindSettings, settings, nil},
	{resource.KindOrganisation, listOf(Reader.Organisations), nil},
	{resource.KindGroup, listOf(Reader.Groups), nil},
	{resource.KindPrivacyLevel, listOf(Reader.PrivacyLevels), nil},
	{resource.KindUser, listOf(Reader.Users), nil},
	{resource.KindProduct, listOf(Reader.Products), func(r resource.Resource) bool { return !isBundle(r) }},
	{resource.KindProduct, listOf(Reader.Products), isBundle},
	{resource.KindSubscriptionType, listOf(Reader.SubscriptionTypes), nil},
	{resource.KindBillingTermScheme, listOf(Reader.BillingTermSchemes), nil},
	{resource.KindInstalledItem, listOf(Reader.InstalledItems), nil},
	{resource.KindAccountClassification, listOf(Reader.AccountClassifications), nil},
	{resource.KindActionType, listOf(Reader.ActionTypes), func(r resource.Resource) bool { return !isSubType(r) }},
	{resource.KindActionType, listOf(Reader.ActionTypes), isSubType},
	{resource.KindContact, listOf(Reader.Contacts), nil},
	{resource.KindAccount, listOf(Reader.Accounts), nil},
	{resource.KindSubscription, listOf(Reader.Subscriptions), nil},
	{resource.KindAction, listOf(Reader.Actions), nil},
}

// isBundle reports whether a product consists of others.
func isBundle(product resource.Resource) bool {
	return len(product.(*catalogue.Product).Components) > 0
}

// isSubType reports whether a type of actions is a sub type.
func isSubType(kind resource.Resource) bool { return kind.(*catalogue.ActionType).Parent != "" }

// find returns the resource of a kind with a key.
func find(ctx context.Context, r Reader, kind resource.Kind, key resource.Key) (resource.Resource, error) {
	switch kind {
	case resource.KindOrganisation:
		return found(r.Organisation(ctx, key))
	case resource.KindUser:
		return found(r.User(ctx, key))
	case resource.KindSubscriptionType:
		return found(r.SubscriptionType(ctx, key))
	case resource.KindGroup:
		return found(r.Group(ctx, key))
	case resource.KindPrivacyLevel:
		return found(r.PrivacyLevel(ctx, key))
	case resource.KindProduct:
		return found(r.Product(ctx, key))
	case resource.KindInstalledItem:
		return found(r.InstalledItem(ctx, key))
	case resource.KindAccountClassification:
		return found(r.AccountClassification(ctx, key))
	case resource.KindActionType:
		return found(r.ActionType(ctx, key))
	case resource.KindBillingTermScheme:
		return found(r.BillingTermScheme(ctx, key))
	case resource.KindContact:
		return found(r.Contact(ctx, key))
	case resource.KindAccount:
		return found(r.Account(ctx, key))
	case resource.KindSubscription:
		return found(r.Subscription(ctx, key))
	case resource.KindSettings:
		return findSettings(ctx, r)
	case resource.KindAction:
		return found(r.Action(ctx, key))
	}
	return nil, fmt.Errorf("%s cannot be imported", kind)
}

// settings lists the settings of the tenant if they were ever set.
func settings(ctx context.Context, r Reader, query listing.Query) ([]resource.Resource, error) {
	kept, err := findSettings(ctx, r)
	if query.After != nil || errors.Is(err, fault.NotFound) {
		return nil, nil
	}
	return []resource.Resource{kept}, err
}

// findSettings returns the settings of the tenant, or a NotFound fault if they were never set.
func findSettings(ctx context.Context, r Reader) (resource.Resource, error) {
	kept, err := r.Settings(ctx)
	if err == nil && kept.Version == 0 {
		err = fault.New(fault.NotFound, reason.NotFound, "the tenant has no settings yet")
	}
	return &kept, err
}

func found[T any, P resource.Pointer[T]](read T, err error) (resource.Resource, error) {
	return P(&read), err
}

// create adds a resource with defaults for what is not set.
func create(ctx context.Context, w Writer, given resource.Resource) error {
	if err := prepare(ctx, w, given); err != nil {
		return err
	}
	if settings, ok := given.(*subscription.Settings); ok {
		if err := settings.FillUnique(ctx, w); err != nil {
			return err
		}
	}
	if err := subscription.KeepUnique(ctx, w, given); err != nil {
		return err
	}
	return w.Create(ctx, given)
}

// prepare sets the defaults of a resource and checks it like a new one, except that it can refer to what
// is inactive.
func prepare(ctx context.Context, w Writer, given resource.Resource) error {
	switch r := given.(type) {
	case *account.Account:
		r.Prepare()
		return r.Check(ctx, w, nil, true, nil)
	case *catalogue.SubscriptionType:
		r.Prepare(w.Now())
		return r.CheckServices(ctx, w, nil, true)
	case *catalogue.Product:
		r.Prepare(w.Now())
		return r.CheckOffer(ctx, w, nil, true)
	case *catalogue.ActionType:
		r.Prepare(w.Now())
		return r.CheckParent(ctx, w, nil, true)
	case *catalogue.BillingTermScheme:
		r.Prepare(w.Now())
		return r.Check()
	case *subscription.Action:
		return r.PrepareImported(ctx, w)
	case interface{ Prepare() }:
		r.Prepare()
	case interface{ Prepare(at time.Time) }:
		r.Prepare(w.Now())
	case *organisation.User:
		return r.Prepare(ctx, w, nil, true)
	case *organisation.Session:
		return r.Prepare(ctx, w, w.Now())
	case *subscription.Subscription:
		return r.Prepare(ctx, w, w.Now(), subscription.Preparation{Imported: true})
	}
	return nil
}

// adopt copies values from the present resource that a new resource would get at random or from the
// clock, and those that no caller gives.
func adopt(given, present resource.Resource) {
	switch r := given.(type) {
	case *catalogue.SubscriptionType:
		there := present.(*catalogue.SubscriptionType).Log
		if r.Log.Created.IsZero() {
			r.Log.Created = there.Created
		}
		if r.Log.Updated.IsZero() {
			r.Log.Updated = there.Updated
		}
	case *account.Account:
		resource.Fill(&r.Owner.ID, func() string { return present.(*account.Account).Owner.ID })
	case *subscription.Action:
		r.Asked = present.(*subscription.Action).Asked // exports do not have it
	case *subscription.Subscription:
		there := present.(*subscription.Subscription)
		if r.FirstActivated.IsZero() && r.State == there.State {
			r.FirstActivated = there.FirstActivated
		}
		if r.Notes == nil && there.Notes != nil && *there.Notes == "" {
			r.Notes = there.Notes
		}
		for i := range min(len(r.Services), len(there.Services)) {
			resource.Fill(&r.Services[i].ID, func() string { return there.Services[i].ID })
		}
		for i := range min(len(r.Items), len(there.Items)) {
			resource.Fill(&r.Items[i].ID, func() string { return there.Items[i].ID })
		}
	}
}
