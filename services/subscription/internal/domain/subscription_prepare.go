package domain

import (
	"context"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// Prepare fills what a new subscription leaves open, and checks its rules and that there is what it refers to.
func (s *Subscription) Prepare(ctx context.Context, r SubscriptionReader, at time.Time) error {
	Fill(&s.ID, id.New)
	Fill(&s.State, func() LifeCycleState { return Effective })
	Fill(&s.Rating, func() RatingState { return RatingPending })
	switch {
	case s.State == Draft && !s.FirstActivated.IsZero():
		return fault.InvalidField("subscription.first_activated_date", reason.Inconsistent, "a draft was never activated")
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

func (s *Subscription) checkReferences(ctx context.Context, r SubscriptionReader) error {
	if _, err := FindID(ctx, "subscription.account", string(s.Account), r.Account); err != nil {
		return err
	}
	if _, err := FindID(ctx, "subscription.subscription_type", string(s.Type), r.SubscriptionType); err != nil {
		return err
	}
	if s.Group != "" {
		if _, err := FindID(ctx, "subscription.group", string(s.Group), r.Group); err != nil {
			return err
		}
	}
	if s.PrivacyLevel != "" {
		_, err := FindID(ctx, "subscription.privacy_level", string(s.PrivacyLevel), r.PrivacyLevel)
		return err
	}
	return nil
}

func (s *Subscription) prepareServices(ctx context.Context, r SubscriptionReader) error {
	ids := map[string]bool{}
	for i := range s.Services {
		service, path := &s.Services[i], fmt.Sprintf("subscription.services[%d]", i)
		Fill(&service.ID, id.New)
		if ids[service.ID] {
			return fault.InvalidField(path+".id", reason.Repeated, "%q stands in the list twice", service.ID)
		}
		ids[service.ID] = true
		product, err := FindID(ctx, path+".product", string(service.Product), r.Product)
		if err != nil {
			return err
		}
		if product.Type != ProductService {
			return fault.InvalidField(path+".product", reason.InvalidValue, "product %s is not a service", product.ID)
		}
	}
	return nil
}

func (s *Subscription) prepareItems(ctx context.Context, r SubscriptionReader) error {
	ids, items := map[string]bool{}, map[ItemID]bool{}
	for i := range s.Items {
		installation, path := &s.Items[i], fmt.Sprintf("subscription.installed_items[%d]", i)
		Fill(&installation.ID, id.New)
		if ids[installation.ID] {
			return fault.InvalidField(path+".id", reason.Repeated, "%q stands in the list twice", installation.ID)
		}
		if items[installation.Item] {
			return fault.InvalidField(path+".installed_item", reason.Repeated, "%q stands in the list twice", installation.Item)
		}
		ids[installation.ID], items[installation.Item] = true, true
		if _, err := FindID(ctx, path+".installed_item", string(installation.Item), r.InstalledItem); err != nil {
			return err
		}
	}
	return nil
}
