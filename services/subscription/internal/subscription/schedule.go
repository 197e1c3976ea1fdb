package subscription

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// schedule stores an action for later. Whether it is possible is decided at its time, but for a subscription that has
// ended nothing can be scheduled, and for no other one more than maxScheduled. Faults: OUT_OF_RANGE, LIFE_CYCLE_STATE, TOO_MANY.
func (a *Action) schedule(ctx context.Context, w Writer, present Subscription) error {
	if a.Scheduled.Before(w.Now()) {
		return fault.InvalidField(FieldScheduled, reason.OutOfRange, "is past; leave it out to do the action at once")
	}
	if present.State.Ended() {
		return fault.New(fault.FailedPrecondition, reason.LifeCycleState,
			"the subscription is %s, so nothing can be scheduled for it", present.State)
	}
	query := pendingOf(present.ID)
	query.Offset, query.Limit = maxScheduled-1, 1
	last, err := w.Actions(ctx, query)
	if err != nil {
		return err
	}
	if len(last) > 0 {
		return fault.New(fault.FailedPrecondition, reason.TooMany, "the subscription has %d scheduled actions already; cancel one first", maxScheduled)
	}
	a.State = ActionScheduled
	return w.Create(ctx, a)
}

// maxScheduled is how many actions can be scheduled for a subscription at once. The end of its present rest or short term counts, but is never refused.
const maxScheduled = 1000

// scheduleEnd schedules the end of the rest or the short term that an action began.
func (a *Action) scheduleEnd(ctx context.Context, w Writer, calendar Calendar) error {
	ending, limited := a.Operation.Ending()
	if !limited {
		return nil
	}
	end := Action{
		Subscription: a.Subscription, Operation: ending, State: ActionScheduled, Automatic: true,
		Details: Details{Scheduled: calendar.Begin(a.Until)}, Submitted: w.Now(), Submitter: a.Submitter,
	}
	end.Prepare(w.Now())
	return w.Create(ctx, &end)
}

// keptActions tells how to find and store actions, of those subscriptions that the caller sees.
var keptActions = resource.Kept[ActionID, Action, Writer, *Action]("action", findAction[Writer])

// findAction returns the action with a key, if the caller sees its subscription.
func findAction[R Reader](r R, ctx context.Context, key resource.Key) (Action, error) {
	found, err := r.Action(ctx, key)
	if err != nil || visibility.From(ctx).Condition() == nil {
		return found, err
	}
	of, err := r.Subscription(ctx, resource.ByID(found.Subscription))
	if err == nil {
		err = checkSeen(ctx, r, of, resource.ByID(of.ID), "SubscriptionAction", key)
	}
	if err != nil {
		return Action{}, err
	}
	return found, nil
}

// Action returns the action with an id.
func (s *Service) Action(ctx context.Context, id ActionID) (Action, error) {
	found, err := mutation.Get(ctx, s.Service, "action", findAction[Reader], resource.ByID(id))
	return concealed(ctx, s, found, err)
}

// Actions returns the actions that match a query, of subscriptions that the caller sees.
func (s *Service) Actions(ctx context.Context, query listing.Query) ([]Action, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Action, error) {
		seen, err := visibility.From(ctx).Resolved(ctx, r, nil)
		if err != nil {
			return nil, err
		}
		query.Where = listing.All(query.Where, seen.Condition())
		found, err := r.Actions(ctx, query)
		if err != nil {
			return nil, err
		}
		return found, conceal(ctx, r, found)
	})
}

// CancelAction withdraws a scheduled action. Faults: NOT_FOUND, ETAG_MISMATCH, NOT_SCHEDULED, and
// LIFE_CYCLE_STATE for the end of a rest or a short term.
func (s *Service) CancelAction(ctx context.Context, id ActionID, etag string, options ...mutation.Option) (Action, error) {
	cancelled, err := mutation.Change(ctx, s.Service, keptActions, id, etag, cancelAction, options...)
	cancelled, err = shown(ctx, s, cancelled.Subscription, cancelled, err)
	return concealed(ctx, s, cancelled, err)
}

func cancelAction(_ context.Context, w Writer, action *Action) error {
	switch {
	case action.State != ActionScheduled:
		return fault.New(fault.FailedPrecondition, reason.NotScheduled,
			"action %s is %s and cannot be cancelled; only a scheduled one can", action.Number, action.State)
	case action.Automatic:
		return fault.New(fault.FailedPrecondition, reason.LifeCycleState,
			"action %s ends the present rest or short term; end that earlier instead, or let it end", action.Number)
	}
	action.settle(ActionCancelled, w.Now())
	return nil
}

// Withdraw is CancelAction for an action that is referred to by one of its keys.
func (s *Service) Withdraw(ctx context.Context, reference resource.Reference, options ...mutation.Option) (Done, error) {
	done, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (done Done, err error) {
		found, err := resource.Find(ctx, reference, func(ctx context.Context, key resource.Key) (Action, error) { return findAction(w, ctx, key) })
		if err != nil {
			return Done{}, err
		}
		if done.Action, _, err = mutation.Revise(ctx, w, keptActions, found.ID, "", cancelAction); err != nil {
			return Done{}, err
		}
		present, err := w.Subscription(ctx, resource.ByID(found.Subscription))
		if err != nil {
			return Done{}, err
		}
		done.View, err = viewOf(ctx, w, present, done.Action)
		return done, err
	}, options...)
	return shown(ctx, s, done.Action.Subscription, done, err)
}

// Pending is a subscription and the actions that are scheduled for it.
type Pending struct {
	View    View
	Actions []Action
}

// Scheduled returns the scheduled actions of a subscription that match a condition, in the order of their submission.
func (s *Service) Scheduled(ctx context.Context, of resource.Reference, where listing.Condition) (Pending, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (pending Pending, err error) {
		found, err := resource.Find(ctx, of, func(ctx context.Context, key resource.Key) (Subscription, error) { return find(r, ctx, key) })
		if err != nil {
			return Pending{}, err
		}
		if pending.View, err = viewOf(ctx, r, found); err != nil {
			return Pending{}, err
		}
		query := pendingOf(found.ID)
		query.Where = listing.All(query.Where, where)
		if pending.Actions, err = r.Actions(ctx, query); err != nil {
			return Pending{}, err
		}
		return pending, pending.View.know(ctx, r, pending.Actions...)
	})
}
