package subscription

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// An action that fails is tried again after firstRetry, and then twice as late each time, but after mostRetry at most.
const (
	firstRetry = time.Minute
	mostRetry  = 6 * time.Hour
)

// Failure says that a scheduled action could not be executed at its time, through no fault of its own.
type Failure struct {
	Reason  reason.Reason `json:"reason"`
	Message string        `json:"message"`
	// Attempts is how often it was tried, and Retry when it is tried again.
	Attempts int       `json:"attempts"`
	Retry    time.Time `json:"retry"`
}

// oneByOne executes the actions of a batch that failed, each in a transaction of its own, and sets those aside that fail. It returns
// how many it took. The error says that the queue does not work.
func (w *Worker) oneByOne(ctx context.Context) (taken int, err error) {
	for range batchSize {
		var failed Action
		claimed, err := w.claim(ctx, 1, func(ctx context.Context, to DueWriter, action Action) error {
			failed = action
			return executeDue(ctx, to, action)
		})
		if err != nil && (ctx.Err() != nil || failed.ID == "") {
			return taken, err
		}
		if err != nil && !errors.Is(err, fault.Conflict) { // one that somebody else just changed is tried again at once
			if err := w.setAside(ctx, failed, err); err != nil {
				return taken, err
			}
		}
		if taken += claimed; claimed == 0 {
			break
		}
	}
	return taken, nil
}

// setAside notes the failure of an action, so that it and later ones of its subscription are not due for a while. If another
// replica has executed it, whichever is due is executed instead.
func (w *Worker) setAside(ctx context.Context, failed Action, cause error) error {
	w.logger.ErrorContext(ctx, "a scheduled action failed and will be retried", "action", failed.Number, "error", cause)
	_, err := w.claim(ctx, 1, func(ctx context.Context, to DueWriter, action Action) error {
		if action.ID != failed.ID {
			return executeDue(ctx, to, action)
		}
		action.fail(cause, to.Now())
		if err := to.Update(ctx, &action); err != nil {
			return err
		}
		return to.Delay(ctx, action.Subscription, action.Failure.Retry)
	})
	if err != nil {
		return fmt.Errorf("setting action %s aside: %w", failed.Number, err)
	}
	return nil
}

// fail records that the action failed. What is not a fault stays in the log.
func (a *Action) fail(cause error, at time.Time) {
	failure := Failure{Reason: reason.InternalError, Message: "the service failed to execute the action; its log says why", Attempts: 1}
	if known, ok := fault.As(cause); ok && !errors.Is(known, fault.Internal) {
		failure.Reason, failure.Message = known.Reason, known.Message
	}
	if a.Failure != nil {
		failure.Attempts += a.Failure.Attempts
	}
	rest := firstRetry
	for range failure.Attempts - 1 {
		rest = min(2*rest, mostRetry)
	}
	failure.Retry = at.Add(rest)
	a.Failure = &failure
}

// executeDue executes a scheduled action as of its time, however late it is. If it is not possible, the action is rejected,
// and its subscription stays as it is. A panic is an error of this action, so that it does not stop the others.
func executeDue(ctx context.Context, w DueWriter, action Action) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("executing action %s: panic: %v", action.Number, thrown)
		}
	}()
	present, err := w.Subscription(ctx, resource.ByID(action.Subscription))
	if err == nil {
		_, err = action.take(ctx, w, present)
	}
	if err != nil {
		return fmt.Errorf("executing action %s: %w", action.Number, err)
	}
	return nil
}

// rejects reports whether a fault says that an action is not possible, rather than that something failed.
func rejects(known *fault.Error) bool {
	for _, kind := range []fault.Kind{fault.Invalid, fault.NotFound, fault.PermissionDenied, fault.AlreadyExists, fault.FailedPrecondition} {
		if errors.Is(known, kind) {
			return true
		}
	}
	return false
}
