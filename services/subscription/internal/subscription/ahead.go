package subscription

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// catchUp executes the actions that are scheduled for a subscription until a time, in their order, each as of its time, and returns the subscription after
// them: those that are overdue come before an action that is done at once, and a preview of a later one sees what is scheduled before it. Fault:
// ACTION_OVERDUE if one of them has failed, which later ones wait for, and errTooManyAhead after as many as it may execute at most.
func catchUp(ctx context.Context, w Writer, present Subscription, until time.Time, most int) (Subscription, error) {
	pending, err := scheduledUntil(ctx, w, present.ID, until)
	for done := 0; err == nil && len(pending) > 0; done++ {
		next := pending[0]
		if next.Failure != nil {
			return Subscription{}, fault.New(fault.FailedPrecondition, reason.ActionOverdue,
				"action %s (%s) of %s could not be executed and is tried again at %s; wait for that, or cancel it",
				next.Number, next.Operation, next.Scheduled.UTC().Format(time.RFC3339), next.Failure.Retry.UTC().Format(time.RFC3339))
		}
		if done == most {
			return Subscription{}, errTooManyAhead
		}
		if present, err = next.take(ctx, w, present); err != nil {
			return Subscription{}, err
		}
		pending = pending[1:]
		if next.reschedules() {
			pending, err = scheduledUntil(ctx, w, present.ID, until)
		}
	}
	return present, err
}

// mostAhead is how many scheduled actions a call executes before its own, or previews: its transaction is the only one that writes to SQLite meanwhile.
const mostAhead = 100

// errTooManyAhead is the error of catchUp if more actions come before than it may execute.
var errTooManyAhead = errors.New("too many scheduled actions come before")

// reschedules reports whether an action that was taken has withdrawn scheduled actions of its subscription, or scheduled the end of what it began. Only
// then are they read again, as that costs as much as there are.
func (a *Action) reschedules() bool {
	if a.State != ActionExecuted {
		return false
	}
	_, limited := a.Operation.Ending()
	return limited || a.Effect.Withdrawn > 0
}

// scheduledUntil returns the actions that are scheduled for a subscription until a time, in the order in which they are done.
func scheduledUntil(ctx context.Context, r Reader, of ID, until time.Time) ([]Action, error) {
	pending, err := r.Pending(ctx, of)
	if err != nil {
		return nil, err
	}
	pending = slices.DeleteFunc(slices.Clone(pending), func(action Action) bool { return action.Scheduled.After(until) })
	slices.SortFunc(pending, func(a, b Action) int {
		return cmp.Or(a.Scheduled.Compare(b.Scheduled), cmp.Compare(a.ID, b.ID))
	})
	return pending, nil
}

// take executes a scheduled action as of its time or, if it is not possible then, rejects it. It stores both, and returns the subscription after it.
func (a *Action) take(ctx context.Context, w Writer, present Subscription) (Subscription, error) {
	after, err := a.execute(ctx, w, present, a.Scheduled)
	if known, ok := fault.As(err); ok && rejects(known) {
		a.settle(ActionRejected, w.Now())
		a.Effect, a.Rejection = nil, &Rejection{Reason: known.Reason, Message: known.Message}
		after, err = present, nil
	}
	if err != nil {
		return Subscription{}, err
	}
	return after, w.Update(ctx, a)
}

// foresee shows in the preview of a scheduled action what it would change at its time, after what is scheduled before it, or why it would be rejected. The
// transaction of a preview is undone. It shows nothing if one of those before fails, or if there are more than mostAhead: the action is accepted all the same.
func (a *Action) foresee(ctx context.Context, w Writer, present Subscription) error {
	_, err := catchUp(ctx, w, present, a.Scheduled, mostAhead+1) // it is one of them
	if known, ok := fault.As(err); ok && known.Reason == reason.ActionOverdue || errors.Is(err, errTooManyAhead) {
		return nil // nobody knows what the one that fails will leave
	}
	if err != nil {
		return err
	}
	done, err := w.Action(ctx, resource.ByID(a.ID))
	if err != nil {
		return err
	}
	a.Effect, a.Rejection = done.Effect, done.Rejection
	if done.State == ActionCancelled {
		a.Rejection = &Rejection{Reason: reason.LifeCycleState, Message: "an action that is scheduled before it ends the subscription, which withdraws it"}
	}
	return nil
}
