package subscription

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// execute does what an action asks for, as of a time, and returns the subscription after it. It stores the subscription
// and the actions that it withdraws or schedules, but not the action. If it returns a fault, it has stored nothing.
func (a *Action) execute(ctx context.Context, w Writer, present Subscription, asOf time.Time) (Subscription, error) {
	calendar, err := calendarOf(ctx, w)
	if err != nil {
		return Subscription{}, err
	}
	situation, err := situationOf(ctx, w, present, calendar.Day(asOf))
	if err != nil {
		return Subscription{}, err
	}
	if a.Operation.OnTerms() {
		return a.executeTerms(ctx, w, present, situation)
	}
	if a.Operation.OnServices() {
		return a.executeServices(ctx, w, present, situation)
	}
	if a.Operation.OnItems() {
		return a.executeItems(ctx, w, present, situation)
	}
	if a.Operation.ByType() {
		return a.executeReplacement(ctx, w, present, situation)
	}
	after, err := a.lead(ctx, w, present, situation)
	if err != nil {
		return Subscription{}, err
	}
	if a.Operation == lifecycle.EndResting && situation.Rules.RestsExtend {
		after.extend(a.Effect, present.Since, situation.Today)
	}
	if a.Effect.Cost, err = costOf(ctx, w, present, after, a, situation.Today); err != nil {
		return Subscription{}, err
	}
	if a.Effect.Withdrawn, err = withdraw(ctx, w, a, present, after.State); err != nil {
		return Subscription{}, err
	}
	if err := w.Update(ctx, &after); err != nil {
		return Subscription{}, err
	}
	a.settle(ActionExecuted, w.Now())
	return after, a.scheduleEnd(ctx, w, calendar)
}

// lead leads a subscription to its next state, and notes the effect on it and its services.
func (a *Action) lead(ctx context.Context, r Reader, present Subscription, situation lifecycle.Situation) (Subscription, error) {
	to, err := situation.Next(lifecycle.Step{Operation: a.Operation, Until: a.Until})
	if err != nil {
		return Subscription{}, err
	}
	if a.Replacement != "" {
		if _, err := presentSibling(ctx, r, FieldReplacement, a.Replacement, present); err != nil {
			return Subscription{}, err
		}
	}
	after := present.Clone()
	a.Effect = after.enter(to, a.Operation, a.Until, situation.Today)
	return after, nil
}

// situationOf returns what the rules look at on a day.
func situationOf(ctx context.Context, w Reader, present Subscription, today date.Date) (lifecycle.Situation, error) {
	owner, err := w.Account(ctx, resource.ByID(present.Account))
	if err != nil {
		return lifecycle.Situation{}, err
	}
	kind, err := w.SubscriptionType(ctx, resource.ByID(present.Type))
	if err != nil {
		return lifecycle.Situation{}, err
	}
	situation := lifecycle.Situation{
		State: present.State, Before: present.Before, FirstActivated: present.FirstActivated,
		AccountActive: owner.IsActive(), Today: today, Rules: kind.Rules, Missing: string(present.missing(kind)),
	}
	if inForce := present.Terms.Present(); inForce != nil {
		situation.HasTerms = true
		situation.BoundUntil, _ = inForce.BoundUntil(today)
	}
	return situation, nil
}

// enter puts the subscription and its services into the state to which an operation leads.
func (s *Subscription) enter(to LifeCycleState, by lifecycle.Operation, until, today date.Date) *Effect {
	effect := &Effect{From: s.State, To: to}
	s.Before, s.Until = "", until
	s.Since = date.Date{}
	if by == lifecycle.Rest {
		s.Before, s.Since = s.State, today
	}
	s.State = to
	if s.FirstActivated.IsZero() && (to == Effective || to == ShortTermEffective) {
		s.FirstActivated = today
	}
	for i := range s.Services {
		life := &s.Services[i].ServiceLife
		after := lifecycle.Service{State: life.State, Before: life.Before}.After(by, to)
		if after.State == life.State {
			continue
		}
		effect.Services = append(effect.Services, ServiceEffect{ID: s.Services[i].ID, From: life.State, To: after.State})
		life.become(after, today)
	}
	return effect
}

// become puts a service into another state on a date.
func (l *ServiceLife) become(after lifecycle.Service, today date.Date) {
	l.State, l.Before = after.State, after.Before
	if l.FirstActivated.IsZero() && (l.State == Effective || l.State == ShortTermEffective) {
		l.FirstActivated = today
	}
	if l.State.Ended() {
		l.Ended = today
	}
}

// withdraw cancels the scheduled actions that an action makes void, and returns how many: all of them where it ends the
// subscription, and otherwise the end of the rest or short term that the subscription is in.
func withdraw(ctx context.Context, w Writer, by *Action, present Subscription, to LifeCycleState) (int, error) {
	if present.Until.IsZero() && !to.Ended() {
		return 0, nil
	}
	pending, err := w.Pending(ctx, present.ID)
	if err != nil {
		return 0, err
	}
	withdrawn := 0
	for i := range pending {
		if pending[i].ID == by.ID || !to.Ended() && !pending[i].Automatic {
			continue
		}
		pending[i].settle(ActionCancelled, w.Now())
		if err := w.Update(ctx, &pending[i]); err != nil {
			return 0, err
		}
		withdrawn++
	}
	return withdrawn, nil
}

// pendingOf returns the query for the scheduled actions of a subscription.
func pendingOf(of ID) listing.Query {
	return listing.Query{
		Where: listing.All(listing.Is(FieldOfSubscription, of), listing.Is(FieldState, ActionScheduled)),
		Order: []listing.Order{{Field: "name"}},
	}
}

// Fields of the list of actions.
const (
	FieldOfSubscription = "subscription"
	FieldState          = "state"
)
