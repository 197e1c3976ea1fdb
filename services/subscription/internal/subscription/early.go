package subscription

import (
	"cmp"
	"context"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/pricing"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

const wholePercent = 100

// early adds what the days and services cost that leave a binding period today. For each service that is what its end today would have cost before, less
// what it, or the service that took its place, would still cost after. So the sum of what several actions charge on a day is what cancelling the subscription
// at once would.
func (c *costing) early(ctx context.Context, before, after Subscription, by *Action) error {
	until, bound := c.terms.BoundUntil(c.today)
	agreed, _ := before.Terms.BoundBy(c.today)
	if !bound {
		return nil
	}
	scheme, err := c.r.BillingTermScheme(ctx, resource.ByID(agreed))
	if err != nil || scheme.EarlyEndPercent == 0 {
		return err
	}
	share := int64(scheme.EarlyEndPercent)
	still := c.today // until when the subscription is bound after
	if inForce := after.Terms.Present(); inForce != nil && !after.State.Ended() {
		if end, bound := inForce.BoundUntil(c.today); bound {
			still = earlier(end, until)
		}
	}
	swaps := by.swaps()
	for _, service := range before.Services {
		if !binds(service) {
			continue
		}
		cost, priced, err := c.rest(ctx, service, until, share)
		if err != nil {
			return err
		}
		if !priced {
			continue
		}
		from, remaining := c.today, after.service(cmp.Or(swaps[service.ID], service.ID))
		if remaining.ID == service.ID && binds(remaining) {
			from = still // the last days go, and not the service
		}
		if binds(remaining) {
			stays, _, err := c.rest(ctx, remaining, still, share)
			if err != nil {
				return err
			}
			cost = cost.Plus(stays.Minus())
		}
		if cost.Sign() <= 0 {
			continue // a better service took its place
		}
		if err := c.add(service, EarlyEnd, from, until, cost); err != nil {
			return err
		}
	}
	return nil
}

// binds reports whether the end of a service within a binding period is early: it has not ended, and is no draft.
func binds(service SubscribedService) bool {
	return service.State != "" && !service.State.Ended() && service.State != Draft
}

// rest returns the share, in percent, of what a service costs from today until a day.
func (c *costing) rest(ctx context.Context, service SubscribedService, until date.Date, share int64) (units pricing.Units, priced bool, err error) {
	if !c.today.Before(until) {
		return pricing.Zero(), true, nil
	}
	price, priced, err := c.price(ctx, service.Product, service.Components...)
	if err != nil || !priced {
		return pricing.Zero(), priced, err
	}
	return pricing.Between(c.terms, price, c.today, until).Share(share, wholePercent), true, nil
}

// swaps returns the ids of the services that an action puts in the places of others, by the ids of those.
func (a *Action) swaps() map[string]string {
	swaps := map[string]string{}
	for _, change := range a.Services {
		if change.ID != "" && change.NewID != "" {
			swaps[change.ID] = change.NewID
		}
	}
	return swaps
}

// service returns the service with an id, or one without a state.
func (s *Subscription) service(id string) SubscribedService {
	at := slices.IndexFunc(s.Services, func(of SubscribedService) bool { return of.ID == id })
	if at < 0 {
		return SubscribedService{}
	}
	return s.Services[at]
}
