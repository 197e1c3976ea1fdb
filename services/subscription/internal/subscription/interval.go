package subscription

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// interval is days that follow each other, from From until Until.
type interval struct{ From, Until date.Date }

// dated is what an executed action changed of services, on a day.
type dated struct {
	day    date.Date
	effect *Effect
}

// pageOfActions is how many actions are read at once.
const pageOfActions = 200

// since returns what the actions of a subscription have changed from a day on, the last one executed first.
func since(ctx context.Context, r Reader, of Subscription, calendar Calendar, day date.Date) (history []dated, err error) {
	query := listing.Query{
		Where: listing.All(listing.Is(FieldOfSubscription, of.ID), listing.Is(FieldState, ActionExecuted),
			listing.Compare{Field: "update_time", Op: listing.GreaterEqual, Value: calendar.Begin(day).UnixMicro()}),
		Order: byID, Limit: pageOfActions,
	}
	var actions []Action
	cursor := func(action Action) any { return string(action.ID) }
	if err := listing.Each(ctx, r.Actions, query, cursor, func(action Action) error {
		if action.Effect != nil && (len(action.Effect.Services) > 0 || action.Effect.TermsAfter != nil) {
			actions = append(actions, Action{ID: action.ID, Settled: action.Settled, Details: Details{Scheduled: action.Scheduled}, Effect: action.Effect})
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return latestFirst(actions, calendar), nil
}

// latestFirst returns what executed actions changed in the reverse of the order in which they were executed,
// in which each left the state that the next one found. A scheduled action that was executed late can come
// after an action of a later day.
func latestFirst(actions []Action, calendar Calendar) (history []dated) {
	slices.SortStableFunc(actions, func(a, b Action) int {
		return cmp.Or(b.Settled.Compare(a.Settled), b.order().Compare(a.order()), cmp.Compare(b.ID, a.ID))
	})
	for _, action := range actions {
		history = append(history, dated{action.asOf(calendar), action.Effect})
	}
	return history
}

// order returns when the action was due: one that was done at once comes after the overdue ones that were done with it.
func (a *Action) order() time.Time {
	if a.Scheduled.IsZero() {
		return a.Settled
	}
	return a.Scheduled
}

// asOf returns the day as of which an action was executed.
func (a *Action) asOf(calendar Calendar) date.Date {
	if !a.Scheduled.IsZero() {
		return calendar.Day(a.Scheduled)
	}
	return calendar.Day(a.Settled)
}

// of returns the state of a service before and after what was changed, if it was changed.
func (d dated) of(service string) (change ServiceEffect, changed bool) {
	at := slices.IndexFunc(d.effect.Services, func(effect ServiceEffect) bool { return effect.ID == service })
	if at < 0 {
		return ServiceEffect{}, false
	}
	return d.effect.Services[at], true
}

// effective returns the days of a cycle on which a service was billed or, if it goes on as it is now, will be, in
// their order. history is what has changed since the cycle began, the last one executed first. What an action
// executed later changed as of an earlier day holds from that day. The end of a service that no action tells of
// is its date.
func (s SubscribedService) effective(history []dated, cycle terms.Cycle) (days []interval) {
	state, until := s.State, cycle.End
	told := false
	add := func(from date.Date) {
		if from.Before(s.FirstActivated) {
			from = s.FirstActivated
		}
		switch {
		case !state.Billed() || !from.Before(until):
		case len(days) > 0 && days[0].From == until:
			days[0].From = from
		default:
			days = slices.Insert(days, 0, interval{from, until})
		}
	}
	for _, past := range history {
		change, changed := past.of(s.ID)
		if !changed {
			continue
		}
		told, state = true, change.To
		day := past.day
		if until.Before(day) {
			day = until
		}
		if !cycle.Start.Before(day) {
			break
		}
		add(day)
		state, until = change.From, day
	}
	if !told && !s.Ended.IsZero() && s.Ended.Before(cycle.End) && !s.FirstActivated.IsZero() {
		state, until = Effective, s.Ended
	}
	add(cycle.Start)
	return days
}
