package increase

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Apply starts the job that applies an increase, or goes on with it. An increase that is being
// applied, or was applied, is returned unchanged. A non-empty etag must match the increase's.
func (s *Service) Apply(ctx context.Context, id ID, etag string) (Increase, error) {
	return s.start(ctx, id, etag, (*Increase).toApply)
}

// toApply returns the state that applying an increase gives it: its own if there is nothing to start.
func (i *Increase) toApply() (State, error) {
	switch i.State {
	case Planned, ApplyCancelled:
		return Applying, nil
	case Applying, Applied:
		return i.State, nil
	}
	return "", fault.New(fault.FailedPrecondition, reason.IncreaseUndone, "rate increase %d is %s: plan another one", i.ID, i.State)
}

// Undo starts the job that withdraws the rates of an increase, or goes on with it. An increase that
// is being undone, or was undone, is returned unchanged. A non-empty etag must match the increase's.
func (s *Service) Undo(ctx context.Context, id ID, etag string) (Increase, error) {
	return s.start(ctx, id, etag, func(increase *Increase) (State, error) {
		switch increase.State {
		case Applied, ApplyCancelled, UndoCancelled:
			return Undoing, nil
		case Undoing, Undone:
			return increase.State, nil
		case Applying:
			return "", fault.New(fault.FailedPrecondition, reason.IncreaseWorking, "rate increase %d is being applied: wait for its end, or cancel it", id)
		}
		return "", fault.New(fault.FailedPrecondition, reason.IncreaseNotApplied, "rate increase %d was never applied: there is nothing to undo", id)
	})
}

// Cancel ends the job of an increase between steps. An increase without a job is returned
// unchanged.
func (s *Service) Cancel(ctx context.Context, id ID) (Increase, error) {
	return s.start(ctx, id, "", func(increase *Increase) (State, error) { return increase.State.stopped(), nil })
}

// start changes the state of an increase to the one that to returns.
func (s *Service) start(ctx context.Context, id ID, etag string, to func(*Increase) (State, error)) (Increase, error) {
	increase, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Increase, error) {
		if err := w.HoldIncrease(ctx, id); err != nil {
			return Increase{}, err
		}
		increase, err := w.Increase(ctx, id)
		if err != nil {
			return Increase{}, err
		}
		if err := mutation.CheckEtag("rate increase", id, increase, etag); err != nil {
			return Increase{}, err
		}
		state, err := to(&increase)
		if err != nil || state == increase.State {
			return increase, err
		}
		increase.Attempts, increase.Failure = 0, "" // UpdateIncrease does not keep them
		if increase.State = state; state.InProgress() {
			caller, err := auth.From(ctx)
			if err != nil {
				return Increase{}, err
			}
			increase.Actor = caller.Actor
		} else {
			increase.Ended = s.Clock.Now()
		}
		err = w.UpdateIncrease(ctx, &increase)
		return increase, err
	}, mutation.Guarded())
	return increase, mutation.Explain(err, "rate increase", id)
}
