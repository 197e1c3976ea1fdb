package subscription

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// Preparation is how a subscription is prepared and checked.
type Preparation struct {
	// Present is the subscription before a change, or nil if it is new. What it refers to already is
	// not checked again.
	Present *Subscription
	// Imported subscriptions can refer to what is inactive.
	Imported bool
	// FieldsPath tells where the request has the user defined fields. Nil: where the native API has them.
	FieldsPath userfield.Path
}

// Prepare sets the defaults of a new or changed subscription, and checks its rules and its
// references.
func (s *Subscription) Prepare(ctx context.Context, r Reader, at time.Time, how Preparation) error {
	resource.Fill(&s.ID, id.New)
	resource.Fill(&s.State, func() LifeCycleState { return Effective })
	resource.Fill(&s.Rating, func() RatingState { return RatingPending })
	if s.State == Draft && !s.FirstActivated.IsZero() {
		return fault.InvalidField("subscription.first_activated_date", reason.Inconsistent, "must be empty for a draft")
	}
	var settings Settings
	var today date.Date // by the tenant's clock; imported subscriptions need it only if they lack a date
	if undated := s.State != Draft && s.FirstActivated.IsZero(); undated || !how.Imported {
		var err error
		if settings, err = r.Settings(ctx); err != nil {
			return err
		}
		calendar, err := settings.calendar()
		if err != nil {
			return err
		}
		if today = calendar.Day(at); undated {
			s.FirstActivated = today
		}
	}
	if err := s.checkReferences(ctx, r, how, today); err != nil || how.Imported {
		return err
	}
	return s.checkFields(settings, how)
}

// checkReferences checks what the subscription refers to, and begins its new services, items and billing terms.
func (s *Subscription) checkReferences(ctx context.Context, r Reader, how Preparation, today date.Date) error {
	check := references{Preparation: how, r: r}
	if how.Present == nil {
		check.Present = &Subscription{}
	}
	if err := check.owners(ctx, s); err != nil {
		return err
	}
	if err := check.services(ctx, s.Services); err != nil {
		return err
	}
	if err := check.scheduled(ctx, s); err != nil {
		return err
	}
	if err := check.offered(ctx, s); err != nil {
		return err
	}
	if err := check.mandatory(ctx, s); err != nil {
		return err
	}
	if err := check.terms(ctx, s, today); err != nil {
		return err
	}
	s.beginServices(today, how.Imported)
	return check.items(ctx, s, today)
}

// beginServices gives new services the state of the subscription and, unless they are imported, the dates.
func (s *Subscription) beginServices(today date.Date, imported bool) {
	for i := range s.Services {
		service := &s.Services[i]
		if service.State != "" {
			continue
		}
		service.State = s.State.OfService()
		if imported {
			continue
		}
		service.Added = today
		if service.State == Effective {
			service.FirstActivated = today
		}
	}
}

// references checks what a subscription refers to.
type references struct {
	Preparation
	r Reader
}

// check returns a fault on field if a reference that was not there before leads to nothing, or to
// something inactive.
func check[ID ~string, T any](ctx context.Context, c references, field string, given, present ID,
	find func(context.Context, resource.Key) (T, error), inactive func(T) bool,
) (found T, err error) {
	if given == present {
		return found, nil
	}
	found, err = resource.FindID(ctx, "subscription."+field, string(given), find)
	if err != nil || c.Imported {
		return found, err
	}
	return found, resource.CheckActive("subscription."+field, inactive(found))
}

func (c references) owners(ctx context.Context, s *Subscription) error {
	find := func(ctx context.Context, key resource.Key) (account.Account, error) {
		return seenAccount(ctx, c.r, key)
	}
	owner, err := check(ctx, c, "account", s.Account, c.Present.Account, find, func(a account.Account) bool { return a.Inactive })
	if err == nil && !c.Imported {
		err = owner.CheckActive("subscription.account")
	}
	if err != nil {
		return err
	}
	if _, err := check(ctx, c, "subscription_type", s.Type, c.Present.Type, c.r.SubscriptionType,
		func(t catalogue.SubscriptionType) bool { return t.Inactive }); err != nil {
		return err
	}
	if s.Group != "" && s.Group != c.Present.Group {
		group, err := check(ctx, c, "group", s.Group, "", c.r.Group, func(g catalogue.Group) bool { return g.Inactive })
		if err != nil {
			return err
		}
		if err := visibility.From(ctx).CheckGroup("subscription.group", group); err != nil {
			return err
		}
	}
	if s.PrivacyLevel != "" && s.PrivacyLevel != c.Present.PrivacyLevel {
		level, err := check(ctx, c, "privacy_level", s.PrivacyLevel, "", c.r.PrivacyLevel, func(l catalogue.PrivacyLevel) bool { return l.Inactive })
		if err != nil {
			return err
		}
		return visibility.From(ctx).CheckPrivacy("subscription.privacy_level", level)
	}
	return nil
}

func (c references) services(ctx context.Context, services []SubscribedService) error {
	for i := range services {
		resource.Fill(&services[i].ID, id.New)
	}
	if !c.Imported && c.Present.State != "" {
		if err := c.Present.keepsServices(services); err != nil {
			return err
		}
	}
	before, ids, present := map[catalogue.ProductID]bool{}, map[string]bool{}, map[string]SubscribedService{}
	for _, service := range c.Present.Services {
		before[service.Product], present[service.ID] = true, service
	}
	for i := range services {
		service, path := &services[i], fmt.Sprintf("services[%d]", i)
		if ids[service.ID] {
			return fault.InvalidField("subscription."+path+".id", reason.Repeated, "%q is in the list twice", service.ID)
		}
		ids[service.ID] = true
		as, known := present[service.ID]
		if known {
			service.ServiceLife = as.ServiceLife
		}
		if !known || as.Product != service.Product || !slices.Equal(as.Components, service.Components) {
			if err := c.components(ctx, "subscription."+path, *service); err != nil {
				return err
			}
		}
		if before[service.Product] {
			continue
		}
		product, err := check(ctx, c, path+".product", service.Product, "", c.r.Product, func(p catalogue.Product) bool { return p.Inactive })
		if err != nil {
			return err
		}
		if product.Type != catalogue.ProductService {
			return fault.InvalidField("subscription."+path+".product", reason.InvalidValue, "product %s is not a service", product.ID)
		}
	}
	return nil
}

// scheduled checks that a change leaves the services that scheduled actions name. Faults: IN_USE.
func (c references) scheduled(ctx context.Context, s *Subscription) error {
	var gone []string
	for _, before := range c.Present.Services {
		if !slices.ContainsFunc(s.Services, func(after SubscribedService) bool { return after.ID == before.ID }) {
			gone = append(gone, before.ID)
		}
	}
	if c.Imported || len(gone) == 0 {
		return nil
	}
	pending, err := c.r.Pending(ctx, s.ID)
	if err != nil {
		return err
	}
	for _, action := range pending {
		for _, change := range action.Services {
			if slices.Contains(gone, change.ID) {
				return fault.AtField(fault.FailedPrecondition, "subscription.services", reason.InUse,
					"the scheduled action %s names service %s, which stays until that action is done or cancelled", action.Number, change.ID)
			}
		}
	}
	return nil
}

// components checks the components of a service that is new or has others. An imported one can have some that its bundle has no longer.
func (c references) components(ctx context.Context, path string, of SubscribedService) error {
	for i, component := range of.Components {
		if _, err := resource.FindID(ctx, fmt.Sprintf("%s.components[%d]", path, i), string(component), c.r.Product); err != nil {
			return err
		}
	}
	if c.Imported {
		return nil
	}
	product, err := resource.FindID(ctx, path+".product", string(of.Product), c.r.Product)
	if err != nil {
		return err
	}
	return product.CheckChosen(path+".components", of.Components)
}

// offered checks that a type has the services that are new with it.
func (c references) offered(ctx context.Context, s *Subscription) error {
	if c.Imported || len(s.Services) == 0 {
		return nil
	}
	kind, err := c.r.SubscriptionType(ctx, resource.ByID(s.Type))
	if err != nil {
		return err
	}
	for i, service := range s.Services {
		known := func(present SubscribedService) bool {
			return present.ID == service.ID && present.Product == service.Product
		}
		if slices.ContainsFunc(c.Present.Services, known) {
			continue
		}
		if err := checkOffered(fmt.Sprintf("subscription.services[%d].product", i), kind, service.Product); err != nil {
			return err
		}
	}
	return nil
}

// terms gives a new subscription its first billing terms, and checks that the schemes of an imported one exist.
func (c references) terms(ctx context.Context, s *Subscription, today date.Date) error {
	if !c.Imported {
		return s.open(ctx, c.r, today)
	}
	for i, known := range s.Terms {
		field := fmt.Sprintf("subscription.billing_terms[%d].scheme", i)
		if _, err := resource.FindID(ctx, field, string(known.Scheme), c.r.BillingTermScheme); err != nil {
			return err
		}
	}
	return nil
}

func (c references) items(ctx context.Context, s *Subscription, today date.Date) error {
	ids, items := map[string]bool{}, map[catalogue.ItemID]bool{}
	for i := range s.Items {
		installation, path := &s.Items[i], fmt.Sprintf("installed_items[%d]", i)
		resource.Fill(&installation.ID, id.New)
		if ids[installation.ID] {
			return fault.InvalidField("subscription."+path+".id", reason.Repeated, "%q is in the list twice", installation.ID)
		}
		if items[installation.Item] {
			return fault.InvalidField("subscription."+path+".installed_item", reason.Repeated, "%q is in the list twice", installation.Item)
		}
		ids[installation.ID], items[installation.Item] = true, true
		if at := c.Present.installed(installation.ID); at >= 0 && c.Present.Items[at].Item == installation.Item {
			installation.Added = c.Present.Items[at].Added
		} else if !c.Imported {
			installation.Added = today
		}
		if c.Present.has(installation.Item) {
			continue
		}
		if _, err := check(ctx, c, path+".installed_item", installation.Item, "", c.r.InstalledItem,
			func(i catalogue.InstalledItem) bool { return i.Inactive }); err != nil {
			return err
		}
		if c.Imported || s.State.Ended() {
			continue
		}
		if err := s.checkElsewhere(ctx, c.r, "subscription."+path+".installed_item", installation.Item); err != nil {
			return err
		}
	}
	return nil
}
