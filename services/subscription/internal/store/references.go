package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Referrers counts what refers to a resource.
func (w *writer) Referrers(ctx context.Context, to resource.Resource) ([]resource.Referrers, error) {
	all, err := w.keeping(ctx, to)
	if err != nil {
		return nil, err
	}
	switch to.Kind() {
	case resource.KindSubscription, resource.KindSubscriptionType, resource.KindProduct, resource.KindInstalledItem, resource.KindBillingTermScheme, resource.KindUser:
		scheduled, err := w.scheduledFor(ctx, to)
		return append(all, scheduled), err
	}
	return all, nil
}

// keeping counts what refers to a resource, besides what scheduled actions name.
func (w *writer) keeping(ctx context.Context, to resource.Resource) ([]resource.Referrers, error) {
	queries := w.rows
	switch to.(type) {
	case *subscription.Subscription:
		return w.count(ctx, to, "actions", queries.CountActionsOfSubscription)
	case *account.Account:
		return w.count(ctx, to, "subscriptions", queries.CountSubscriptionsOfAccount)
	case *catalogue.ActionType:
		return w.countAll(ctx, to, counted{"actions", queries.CountActionsOfType}, counted{"actions", queries.CountActionsOfSubType},
			counted{"sub types", queries.CountSubTypesOfActionType})
	case *account.Contact:
		return w.count(ctx, to, "accounts", queries.CountAccountsOfContact)
	case *catalogue.AccountClassification:
		return w.count(ctx, to, "accounts", queries.CountAccountsOfClassification)
	case *catalogue.SubscriptionType:
		return w.count(ctx, to, "subscriptions", queries.CountSubscriptionsOfType)
	case *catalogue.Group:
		return w.countAll(ctx, to, counted{"subscriptions", queries.CountSubscriptionsOfGroup}, counted{"users", queries.CountUsersOfGroup})
	case *catalogue.PrivacyLevel:
		return w.countAll(ctx, to, counted{"subscriptions", queries.CountSubscriptionsOfPrivacyLevel}, counted{"users", queries.CountUsersOfPrivacyLevel},
			counted{"accounts", queries.CountAccountsOfPrivacyLevel})
	case *catalogue.Product:
		return w.countAll(ctx, to, counted{"subscriptions", w.countSubscriptionsWith(to.Kind())}, counted{"subscription types", queries.CountTypesWithProduct},
			counted{"bundles", queries.CountProductsWithComponent})
	case *catalogue.InstalledItem, *catalogue.BillingTermScheme:
		return w.count(ctx, to, "subscriptions", w.countSubscriptionsWith(to.Kind()))
	case *organisation.Organisation:
		return w.count(ctx, to, "users", queries.CountUsersOfOrganisation)
	case *organisation.User:
		return w.countAll(ctx, to, counted{"sessions", queries.CountSessionsOfUser}, counted{"API keys", queries.CountAPIKeysOfUser},
			counted{"accounts", queries.CountAccountsOfManager})
	}
	return nil, nil
}

// counting is a query that counts the resources of a kind that refer to one.
type counting func(ctx context.Context, tenant, id string) (int64, error)

// counted is a kind of resources that can refer to one, and how they are counted.
type counted struct {
	what  string
	query counting
}

func (w *writer) countAll(ctx context.Context, to resource.Resource, kinds ...counted) (all []resource.Referrers, err error) {
	for _, kind := range kinds {
		found, err := w.count(ctx, to, kind.what, kind.query)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (w *writer) count(ctx context.Context, to resource.Resource, what string, query counting) ([]resource.Referrers, error) {
	count, err := query(ctx, string(w.tenant), to.Key())
	if err != nil {
		return nil, fmt.Errorf("counting the %s that refer to %s: %w", what, resource.Name(to), err)
	}
	return []resource.Referrers{{What: what, Count: count}}, nil
}

func (w *writer) countSubscriptionsWith(kind resource.Kind) counting {
	return func(ctx context.Context, tenant, id string) (int64, error) {
		return w.rows.CountSubscriptionsWithPart(ctx, rows.CountSubscriptionsWithPartParams{Tenant: tenant, Kind: string(kind), ID: id})
	}
}

// keepReferences stores what a resource refers to in lists, in tables of their own. dropReferences removes
// it.
func (w *writer) keepReferences(ctx context.Context, of resource.Resource) error {
	for _, keep := range []func(context.Context, resource.Resource) error{w.keepParts, w.keepTypeServices, w.keepComponents, w.keepGroups, w.keepLevels, w.keepNamed} {
		if err := keep(ctx, of); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) dropReferences(ctx context.Context, of resource.Resource) error {
	if of.Kind() == resource.KindSubscription || of.Kind() == resource.KindAction || of.Kind() == resource.KindAccount {
		if err := w.DropUnique(ctx, of); err != nil {
			return err
		}
	}
	for _, drop := range []func(context.Context, resource.Resource) error{w.dropParts, w.dropTypeServices, w.dropComponents, w.dropGroups, w.dropNamed} {
		if err := drop(ctx, of); err != nil {
			return err
		}
	}
	return nil
}

// part identifies a product, an installed item or a billing term scheme that a subscription has, or one of its services by its id.
type part struct {
	kind resource.Kind
	id   string
}

// ofServices is the kind of the parts that are services.
const ofServices resource.Kind = "services"

// partsOf returns the parts of a subscription in the order in which it has them, some twice.
func partsOf(subscription *subscription.Subscription) (parts []part) {
	for _, service := range subscription.Services {
		parts = append(parts, part{ofServices, service.ID}, part{resource.KindProduct, string(service.Product)})
		for _, component := range service.Components {
			parts = append(parts, part{resource.KindProduct, string(component)})
		}
	}
	for _, installation := range subscription.Items {
		parts = append(parts, part{resource.KindInstalledItem, string(installation.Item)})
	}
	for _, terms := range subscription.Terms {
		parts = append(parts, part{resource.KindBillingTermScheme, string(terms.Scheme)})
	}
	for _, past := range subscription.PastItems {
		parts = append(parts, part{resource.KindInstalledItem, string(past.Item)})
	}
	return parts
}

// keepParts stores the parts of a subscription, as far as they differ from what the transaction has read.
func (w *writer) keepParts(ctx context.Context, of resource.Resource) error {
	kept, ok := of.(*subscription.Subscription)
	if !ok {
		return nil
	}
	parts := partsOf(kept)
	stored, read := w.stored[kept.ID]
	before := stored.parts
	if read && slices.Equal(before, parts) || kept.Version == 1 && len(parts) == 0 {
		return nil
	}
	if kept.Version > 1 && !read {
		if err := w.dropParts(ctx, of); err != nil {
			return err
		}
	}
	for i, p := range before {
		if slices.Contains(before[:i], p) || slices.Contains(parts, p) {
			continue
		}
		if err := w.rows.DeleteSubscriptionPart(ctx, rows.DeleteSubscriptionPartParams{
			Tenant: string(w.tenant), Subscription: string(kept.ID), Kind: string(p.kind), ID: p.id,
		}); err != nil {
			return &writeError{of, err}
		}
	}
	for i, p := range parts {
		if slices.Contains(parts[:i], p) || slices.Contains(before, p) {
			continue
		}
		if err := w.rows.CreateSubscriptionPart(ctx, rows.CreateSubscriptionPartParams{
			Tenant: string(w.tenant), Subscription: string(kept.ID), Kind: string(p.kind), ID: p.id,
		}); err != nil {
			return &writeError{of, err}
		}
	}
	stored.parts = parts
	w.stored[kept.ID] = stored
	return nil
}

func (w *writer) dropParts(ctx context.Context, of resource.Resource) error {
	if of.Kind() != resource.KindSubscription {
		return nil
	}
	if err := w.rows.DeleteSubscriptionParts(ctx, string(w.tenant), of.Key()); err != nil {
		return &writeError{of, err}
	}
	return nil
}
