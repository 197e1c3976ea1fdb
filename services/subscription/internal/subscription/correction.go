package subscription

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// keepsServices checks that an update leaves the services of a subscription as they are, apart from their user defined fields: all of them once it is no
// draft, and in a draft those that have ended. Actions change the others, by the rules of services, with what that costs and a record. Fault:
// LIFE_CYCLE_STATE, which names the method to use.
func (s *Subscription) keepsServices(given []SubscribedService) error {
	for i, service := range given {
		at := slices.IndexFunc(s.Services, func(present SubscribedService) bool { return present.ID == service.ID })
		if at < 0 {
			if s.State != Draft {
				return s.notByUpdate(fmt.Sprintf("[%d]", i), "services are added by :addServices")
			}
			continue
		}
		present := s.Services[at]
		if s.State == Draft && !present.State.Ended() {
			continue
		}
		if present.Product != service.Product || !slices.Equal(present.Components, service.Components) {
			return s.notByUpdate(fmt.Sprintf("[%d]", i), "service "+service.ID+" keeps its product and components; :swapServices puts another one in its place")
		}
	}
	for _, present := range s.Services {
		if s.State == Draft && !present.State.Ended() {
			continue
		}
		if !slices.ContainsFunc(given, func(service SubscribedService) bool { return service.ID == present.ID }) {
			return s.notByUpdate("", "service "+present.ID+" stays in the list; :removeServices ends it")
		}
	}
	return nil
}

func (s *Subscription) notByUpdate(entry, what string) error {
	return fault.AtField(fault.FailedPrecondition, "subscription.services"+entry, reason.LifeCycleState, "the subscription is %s: %s", s.State, what)
}

// mandatory checks that an active subscription that gets another type has the services that this one makes mandatory. Fault: MANDATORY_SERVICE.
func (c references) mandatory(ctx context.Context, s *Subscription) error {
	if c.Imported || s.Type == c.Present.Type || c.Present.State != Effective && c.Present.State != ShortTermEffective {
		return nil
	}
	kind, err := c.r.SubscriptionType(ctx, resource.ByID(s.Type))
	if err != nil {
		return err
	}
	return lifecycle.Situation{State: s.State, Missing: string(s.missing(kind))}.CheckServices()
}
