package subscription

import (
	"cmp"
	"context"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// foresee notes what the actions that are scheduled for a subscription will change of its services until the end of cycles. It returns the subscription
// with the services that they will add, which have no state yet.
func (c *costing) foresee(ctx context.Context, of Subscription, calendar Calendar, cycles []terms.Cycle) (Subscription, error) {
	if len(cycles) == 0 {
		return of, nil
	}
	end := calendar.Begin(cycles[len(cycles)-1].End)
	pending, err := scheduledUntil(ctx, c.r, of.ID, end)
	if err != nil {
		return of, err
	}
	with := of.Clone()
	for present := of; len(pending) > 0 && !present.State.Ended(); {
		next := pending[0]
		pending = pending[1:]
		day := calendar.Day(next.Scheduled)
		after, err := next.imagine(ctx, c.r, present, day)
		if known, ok := fault.As(err); ok && rejects(known) {
			continue // it will be rejected
		}
		if err != nil {
			return of, err
		}
		if next.Effect != nil {
			c.ahead = append(c.ahead, dated{day, next.Effect})
		}
		for _, added := range after.Services[len(present.Services):] {
			with.Services = append(with.Services, SubscribedService{ID: added.ID, Product: added.Product, Components: added.Components})
		}
		if after.Until != present.Until { // the end that was scheduled is withdrawn, and perhaps another one scheduled
			pending = slices.DeleteFunc(pending, func(action Action) bool { return action.Automatic })
			if ending, limited := next.Operation.Ending(); limited && !calendar.Begin(after.Until).After(end) {
				pending = append(pending, Action{Operation: ending, Automatic: true, Details: Details{Scheduled: calendar.Begin(after.Until)}})
				slices.SortStableFunc(pending, func(a, b Action) int { return cmp.Or(a.Scheduled.Compare(b.Scheduled), cmp.Compare(a.ID, b.ID)) })
			}
		}
		present = after
	}
	return with, nil
}

// imagine returns a subscription as an action would leave it on a day, and notes the effect. What the action does with billing terms and installed items is
// left out.
func (a *Action) imagine(ctx context.Context, r Reader, present Subscription, day date.Date) (Subscription, error) {
	if a.Operation.OnTerms() || a.Operation.OnItems() {
		return present, nil
	}
	situation, err := situationOf(ctx, r, present, day)
	if err != nil {
		return Subscription{}, err
	}
	if a.Operation.OnServices() {
		return a.changeServices(ctx, r, present, situation)
	}
	if a.Operation.ByType() {
		led, err := a.replace(ctx, r, present, situation)
		return led.after, err
	}
	return a.lead(ctx, r, present, situation)
}

// effective returns the days of a cycle for which a service is billed, by what has changed and what scheduled actions will change.
func (c *costing) effective(service SubscribedService, history []dated, cycle terms.Cycle) []interval {
	from := later(c.today, cycle.Start)
	if len(c.ahead) == 0 || !from.Before(cycle.End) {
		return service.effective(history, cycle)
	}
	var past []interval
	if cycle.Start.Before(from) {
		past = service.effective(history, terms.Cycle{Start: cycle.Start, End: from})
	}
	return c.goingOn(past, service, from, cycle.End)
}

// goingOn adds to the days of a service those from a day until another on which it will be billed: as it is now, until a scheduled action changes it.
func (c *costing) goingOn(days []interval, service SubscribedService, from, until date.Date) []interval {
	state := service.State
	for _, next := range c.ahead {
		if change, changed := next.of(service.ID); changed {
			day := later(from, earlier(next.day, until))
			days, state, from = billedIn(days, state, from, day), change.To, day
		}
	}
	return billedIn(days, state, from, until)
}

// billedIn adds to the days of a service those from a day until another if it is billed in its state.
func billedIn(days []interval, state LifeCycleState, from, until date.Date) []interval {
	last := len(days) - 1
	switch {
	case !state.Billed() || !from.Before(until):
	case last >= 0 && days[last].Until == from:
		days[last].Until = until
	default:
		days = append(days, interval{from, until})
	}
	return days
}
