package subscription

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// Expanded is subscriptions with everything that they refer to, each once.
type Expanded struct {
	Subscriptions []Subscription
	Accounts      map[account.ID]account.Account
	Types         map[catalogue.TypeID]catalogue.SubscriptionType
	Groups        map[catalogue.GroupID]catalogue.Group
	PrivacyLevels map[catalogue.PrivacyLevelID]catalogue.PrivacyLevel
	Products      map[catalogue.ProductID]catalogue.Product
	Items         map[catalogue.ItemID]catalogue.InstalledItem
	Schemes       map[terms.SchemeID]catalogue.BillingTermScheme
	// Today is the tenant's date at which the subscriptions were read, or zero if none has billing terms.
	Today date.Date
}

// Show returns the subscription that is meant, as the only one of the answer. It runs no statement if the subscription was read
// with the session of the caller. Faults are those of an update.
func (s *Service) Show(ctx context.Context, target Target) (Expanded, error) {
	if ahead := PrefetchedOf(ctx); ahead.isOf(ctx) && target.Account == nil {
		return mutation.Get(ctx, s.Service, "shown subscription", func(r Reader, ctx context.Context, of resource.Reference) (Expanded, error) {
			return resource.Find(ctx, of, func(ctx context.Context, key resource.Key) (Expanded, error) { return ahead.shown(ctx, s, r, key) })
		}, target.Subscription)
	}
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Expanded, error) {
		found, err := target.find(ctx, r)
		if err != nil {
			return Expanded{}, err
		}
		return s.expand(ctx, r, []Subscription{found})
	})
}

// ShowOf returns the subscription that is meant if it belongs to the account that is meant, as the only one of the answer. Faults: REQUIRED, where one
// of both is not given, or AMBIGUOUS; NOT_FOUND where one does not exist, the caller does not see the subscription, or another account owns it.
func (s *Service) ShowOf(ctx context.Context, target Target) (Expanded, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Expanded, error) {
		if target.Account == nil {
			return Expanded{}, fault.Required(ownerField)
		}
		found, err := Target{Subscription: target.Subscription}.find(ctx, r)
		if err != nil {
			return Expanded{}, err
		}
		owner, err := accountOf(ctx, r, *target.Account)
		if err != nil {
			return Expanded{}, err
		}
		if owner.ID != found.Account {
			return Expanded{}, resource.NotFound(target.Subscription.Field, "the account owns no such subscription")
		}
		return s.expand(ctx, r, []Subscription{found})
	})
}

// ownerField is the field of requests that identifies the account of a subscription.
const ownerField = "accounts_receivable_identifier"

// Selection says which subscriptions to list: Limit of them after the first Offset.
type Selection struct {
	// Account is the account that owns them; nil means any.
	Account *resource.Reference
	// State is their state; empty means any.
	State         LifeCycleState
	Limit, Offset int
}

// Select returns the subscriptions of a selection that the caller sees, in the order of their ids.
// Faults: NOT_FOUND, REQUIRED or AMBIGUOUS for the account.
func (s *Service) Select(ctx context.Context, selection Selection) (Expanded, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Expanded, error) {
		query := listing.Query{Order: byID, Limit: selection.Limit, Offset: selection.Offset}
		if selection.Account != nil {
			owner, err := accountOf(ctx, r, *selection.Account)
			if err != nil {
				return Expanded{}, err
			}
			query.Where = listing.Is("account", owner.ID)
		}
		if selection.State != "" {
			query.Where = listing.All(query.Where, listing.Is("state", selection.State))
		}
		found, err := list(r, ctx, query)
		if err != nil {
			return Expanded{}, err
		}
		return s.expand(ctx, r, found)
	})
}

func (s *Service) expand(ctx context.Context, r Reader, of []Subscription) (Expanded, error) {
	accounts, types, groups := map[account.ID]bool{}, map[catalogue.TypeID]bool{}, map[catalogue.GroupID]bool{}
	levels, products, items := map[catalogue.PrivacyLevelID]bool{}, map[catalogue.ProductID]bool{}, map[catalogue.ItemID]bool{}
	schemes := map[terms.SchemeID]bool{}
	for _, s := range of {
		accounts[s.Account], types[s.Type], groups[s.Group], levels[s.PrivacyLevel] = true, true, true, true
		if inForce := s.Terms.Present(); inForce != nil {
			schemes[inForce.Scheme] = true
		}
		for _, service := range s.Services {
			products[service.Product] = true
			for _, component := range service.Components {
				products[component] = true
			}
		}
		for _, installation := range s.Items {
			items[installation.Item] = true
		}
	}
	all, err := Expanded{Subscriptions: of}, error(nil)
	if all.Accounts, err = readAll(ctx, accounts, r.Accounts, func(a account.Account) account.ID { return a.ID }); err != nil {
		return Expanded{}, err
	}
	if all.Types, err = readAll(ctx, types, r.SubscriptionTypes, func(t catalogue.SubscriptionType) catalogue.TypeID { return t.ID }); err != nil {
		return Expanded{}, err
	}
	if all.Groups, err = readAll(ctx, groups, r.Groups, func(g catalogue.Group) catalogue.GroupID { return g.ID }); err != nil {
		return Expanded{}, err
	}
	if all.PrivacyLevels, err = readAll(ctx, levels, r.PrivacyLevels, func(l catalogue.PrivacyLevel) catalogue.PrivacyLevelID { return l.ID }); err != nil {
		return Expanded{}, err
	}
	if all.Products, err = readAll(ctx, products, r.Products, func(p catalogue.Product) catalogue.ProductID { return p.ID }); err != nil {
		return Expanded{}, err
	}
	if all.Items, err = readAll(ctx, items, r.InstalledItems, func(i catalogue.InstalledItem) catalogue.ItemID { return i.ID }); err != nil {
		return Expanded{}, err
	}
	if all.Schemes, err = readAll(ctx, schemes, r.BillingTermSchemes, func(s catalogue.BillingTermScheme) terms.SchemeID { return s.ID }); err != nil {
		return Expanded{}, err
	}
	if len(all.Schemes) == 0 {
		return all, nil
	}
	settings, err := r.Settings(ctx)
	if err != nil {
		return Expanded{}, err
	}
	err = s.date(&all, settings)
	return all, err
}

// date sets the tenant's date, if a subscription has billing terms.
func (s *Service) date(all *Expanded, settings Settings) error {
	if len(all.Schemes) == 0 {
		return nil
	}
	calendar, err := settings.calendar()
	if err != nil {
		return err
	}
	all.Today = calendar.Day(s.Clock.Now())
	return nil
}

// readAtOnce is how many resources one statement reads by their ids.
const readAtOnce = 100

// readAll returns the resources with the given ids by their id. The empty id is none.
func readAll[ID ~string, T any](ctx context.Context, ids map[ID]bool,
	read func(context.Context, listing.Query) ([]T, error), id func(T) ID,
) (map[ID]T, error) {
	delete(ids, "")
	found := make(map[ID]T, len(ids))
	for some := range slices.Chunk(slices.Sorted(maps.Keys(ids)), readAtOnce) {
		resources, err := read(ctx, listing.Query{Where: listing.IsOneOf("name", some)})
		if err != nil {
			return nil, fmt.Errorf("reading what subscriptions refer to: %w", err)
		}
		for _, resource := range resources {
			found[id(resource)] = resource
		}
	}
	return found, nil
}
