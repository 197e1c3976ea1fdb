package subscription

import (
	"context"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Prepare sets the defaults of a new subscription, and checks its rules and its references.
func (s *Subscription) Prepare(ctx context.Context, r Reader, at time.Time) error {
	resource.Fill(&s.ID, id.New)
	resource.Fill(&s.State, func() LifeCycleState { return Effective })
	resource.Fill(&s.Rating, func() RatingState { return RatingPending })
	switch {
	case s.State == Draft && !s.FirstActivated.IsZero():
		return fault.InvalidField("subscription.first_activated_date", reason.Inconsistent, "must be empty for a draft")
	case s.State != Draft && s.FirstActivated.IsZero():
		s.FirstActivated = date.Of(at)
	}
	if err := s.checkReferences(ctx, r); err != nil {
		return err
	}
	if err := s.prepareServices(ctx, r); err != nil {
		return err
	}
	return s.prepareItems(ctx, r)
}

func (s *Subscription) checkReferences(ctx context.Context, r Reader) error {
	if _, err := resource.FindID(ctx, "subscription.account", string(s.Account), r.Account); err != nil {
		return err
	}
	if _, err := resource.FindID(ctx, "subscription.subscription_type", string(s.Type), r.SubscriptionType); err != nil {
		return err
	}
	if s.Group != "" {
		if _, err := resource.FindID(ctx, "subscription.group", string(s.Group), r.Group); err != nil {
			return err
		}
	}
	if s.PrivacyLevel != "" {
		_, err := resource.FindID(ctx, "subscription.privacy_level", string(s.PrivacyLevel), r.PrivacyLevel)
		return err
	}
	return nil
}

func (s *Subscription) prepareServices(ctx context.Context, r Reader) error {
	ids := map[string]bool{}
	for i := range s.Services {
		service, path := &s.Services[i], fmt.Sprintf("subscription.services[%d]", i)
		resource.Fill(&service.ID, id.New)
		if ids[service.ID] {
			return fault.InvalidField(path+".id", reason.Repeated, "%q is in the list twice", service.ID)
		}
		ids[service.ID] = true
		product, err := resource.FindID(ctx, path+".product", string(service.Product), r.Product)
		if err != nil {
			return err
		}
		if product.Type != catalogue.ProductService {
			return fault.InvalidField(path+".product", reason.InvalidValue, "product %s is not a service", product.ID)
		}
	}
	return nil
}

func (s *Subscription) prepareItems(ctx context.Context, r Reader) error {
	ids, items := map[string]bool{}, map[catalogue.ItemID]bool{}
	for i := range s.Items {
		installation, path := &s.Items[i], fmt.Sprintf("subscription.installed_items[%d]", i)
		resource.Fill(&installation.ID, id.New)
		if ids[installation.ID] {
			return fault.InvalidField(path+".id", reason.Repeated, "%q is in the list twice", installation.ID)
		}
		if items[installation.Item] {
			return fault.InvalidField(path+".installed_item", reason.Repeated, "%q is in the list twice", installation.Item)
		}
		ids[installation.ID], items[installation.Item] = true, true
		if _, err := resource.FindID(ctx, path+".installed_item", string(installation.Item), r.InstalledItem); err != nil {
			return err
		}
	}
	return nil
}
