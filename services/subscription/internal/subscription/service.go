package subscription

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Reader reads the subscriptions of one tenant and what they refer to. If no resource has a key,
// the error is a NotFound fault.
type Reader interface {
	// Subscription returns the subscription with a key: its id or number.
	Subscription(ctx context.Context, key resource.Key) (Subscription, error)
	// Subscriptions returns the subscriptions that match a query.
	Subscriptions(ctx context.Context, query listing.Query) ([]Subscription, error)
	// Owned returns the subscription with a key, its id or number, with what every change of it looks at. Nobody may write into its
	// account, its type and the settings.
	Owned(ctx context.Context, key resource.Key) (Owned, error)
	// Account returns the account with a key.
	Account(ctx context.Context, key resource.Key) (account.Account, error)
	account.Checker
	catalogue.ActionTypeFinder
	// ActionTypes returns the types of actions that match a query.
	ActionTypes(ctx context.Context, query listing.Query) ([]catalogue.ActionType, error)
	// Accounts returns the accounts that match a query.
	Accounts(ctx context.Context, query listing.Query) ([]account.Account, error)
	// SubscriptionType returns the subscription type with a key.
	SubscriptionType(ctx context.Context, key resource.Key) (catalogue.SubscriptionType, error)
	// SubscriptionTypes returns the subscription types that match a query.
	SubscriptionTypes(ctx context.Context, query listing.Query) ([]catalogue.SubscriptionType, error)
	// Group returns the group with a key.
	Group(ctx context.Context, key resource.Key) (catalogue.Group, error)
	// Groups returns the groups that match a query.
	Groups(ctx context.Context, query listing.Query) ([]catalogue.Group, error)
	// PrivacyLevel returns the privacy level with a key.
	PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error)
	// PrivacyLevels returns the privacy levels that match a query.
	PrivacyLevels(ctx context.Context, query listing.Query) ([]catalogue.PrivacyLevel, error)
	// Levels returns which privacy levels subscriptions and their accounts have together, as visibility.Reader says.
	Levels(ctx context.Context, of listing.Condition, limit int) (levels []string, exact bool, err error)
	// Product returns the product with a key.
	Product(ctx context.Context, key resource.Key) (catalogue.Product, error)
	// Products returns the products that match a query.
	Products(ctx context.Context, query listing.Query) ([]catalogue.Product, error)
	// InstalledItem returns the installed item with a key.
	InstalledItem(ctx context.Context, key resource.Key) (catalogue.InstalledItem, error)
	// WithItem returns the ids of the subscriptions that have an installed item or had it, in any order.
	WithItem(ctx context.Context, item catalogue.ItemID) ([]ID, error)
	// WithService returns the ids of subscriptions that have a service with an id, in any order: as many as there are, but at most so many.
	WithService(ctx context.Context, id string, most int32) ([]ID, error)
	// InstalledItems returns the installed items that match a query.
	InstalledItems(ctx context.Context, query listing.Query) ([]catalogue.InstalledItem, error)
	// BillingTermScheme returns the billing term scheme with a key.
	BillingTermScheme(ctx context.Context, key resource.Key) (catalogue.BillingTermScheme, error)
	// BillingTermSchemes returns the billing term schemes that match a query.
	BillingTermSchemes(ctx context.Context, query listing.Query) ([]catalogue.BillingTermScheme, error)
	// User returns the user with a key.
	User(ctx context.Context, key resource.Key) (organisation.User, error)
	// Action returns the action with a key: its id, number or transaction reference.
	Action(ctx context.Context, key resource.Key) (Action, error)
	// Actions returns the actions that match a query.
	Actions(ctx context.Context, query listing.Query) ([]Action, error)
	// Pending returns the scheduled actions of a subscription, in the order of their ids.
	Pending(ctx context.Context, of ID) ([]Action, error)
	// Settings returns the settings of the tenant, at version 0 if they were never set.
	Settings(ctx context.Context) (Settings, error)
}

// Writer reads and writes the subscriptions of one tenant.
type Writer interface {
	Reader
	resource.Writer
	UniqueWriter
}

// Service offers the operations on subscriptions, on those that the caller sees.
type Service struct {
	resource.Standard[ID, Subscription, Reader, Writer, *Subscription]
}

// NewService returns a service on a store that takes the time from clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{resource.Standard[ID, Subscription, Reader, Writer, *Subscription]{
		Service: mutation.Service[Reader, Writer]{Store: store, Clock: clock},
		Kept:    resource.Kept[ID, Subscription, Writer, *Subscription]("subscription", find[Writer]),
		Find: func(r Reader, ctx context.Context, key resource.Key) (Subscription, error) {
			found, err := find(r, ctx, key)
			if err != nil {
				return Subscription{}, err
			}
			shown := []Subscription{found}
			err = conceal(ctx, r, shown)
			return shown[0], err
		},
		Query: func(r Reader, ctx context.Context, query listing.Query) ([]Subscription, error) {
			found, err := list(r, ctx, query)
			if err != nil {
				return nil, err
			}
			return found, conceal(ctx, r, found)
		},
		Prepare: func(ctx context.Context, w Writer, given, present *Subscription) error {
			if present != nil || given.State != Effective || !given.FirstActivated.IsZero() {
				if err := given.Prepare(ctx, w, w.Now(), Preparation{Present: present}); err != nil {
					return err
				}
				return KeepUnique(ctx, w, given)
			}
			given.State = Draft
			if err := given.Prepare(ctx, w, w.Now(), Preparation{}); err != nil {
				return err
			}
			if err := given.activate(ctx, w); err != nil {
				return err
			}
			return KeepUnique(ctx, w, given)
		},
	}}
}

// Delete removes a draft that no scheduled action names, and the action that records its creation. Once a subscription was activated, the error is an IN_USE fault: it stays,
// and its state says that it ended.
func (s *Service) Delete(ctx context.Context, id ID, etag string, options ...mutation.Option) error {
	return mutation.Delete(ctx, s.Service, s.Kept, id, etag, func(ctx context.Context, w Writer, present Subscription) error {
		if present.State != Draft || !present.FirstActivated.IsZero() {
			return fault.New(fault.FailedPrecondition, reason.InUse,
				"subscription %s is in state %s and cannot be deleted; only a draft can", id, present.State)
		}
		if err := forgetCreation(ctx, w, present.ID); err != nil {
			return err
		}
		referrers, err := w.Referrers(ctx, &present)
		if err != nil {
			return err
		}
		for i := range referrers { // an action of a subscription that the caller does not see stays without its number
			if one := &referrers[i]; one.Example != "" {
				if _, err := findAction(w, ctx, resource.Key{Name: resource.KeyNumber, Value: one.Example}); errors.Is(err, fault.NotFound) {
					one.Example = ""
				} else if err != nil {
					return err
				}
			}
		}
		if err := resource.CheckUnused(s.Kept.What, string(id), referrers); err != nil {
			return err
		}
		return w.Delete(ctx, &present)
	}, options...)
}
