package domain

import (
	"cmp"
	"context"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// FinalizeRun has all drafts of a run that has ended finalized.
func (b *Biller) FinalizeRun(ctx context.Context, id RunID) (Run, error) {
	return b.settleRun(ctx, id, RunFinalizing)
}

// DiscardRun has all drafts of a run that has ended discarded.
func (b *Biller) DiscardRun(ctx context.Context, id RunID) (Run, error) {
	return b.settleRun(ctx, id, RunDiscarding)
}

// settleRun takes a run up again. One without drafts, and one that is in that state already, is answered as it is.
func (b *Biller) settleRun(ctx context.Context, id RunID, state RunState) (Run, error) {
	run, err := writeGuarded(ctx, b, func(ctx context.Context, w BillingWriter, caller auth.Principal) (Run, error) {
		run, err := w.Run(ctx, id)
		switch {
		case err != nil || run.State == state:
			return run, err
		case !run.State.Ended():
			return Run{}, fault.New(fault.FailedPrecondition, reason.RunNotEnded, "cycle run %d is %s: wait for its end, or cancel it", id, run.State)
		case run.Drafts.Left == 0:
			return run, nil
		}
		run.Outcome = cmp.Or(run.Outcome, run.State)
		run.State, run.SettledBy, run.Ended = state, caller.Actor, time.Time{}
		if err := w.ReopenBatches(ctx, &run); err != nil {
			return Run{}, err
		}
		err = w.UpdateRun(ctx, &run)
		return run, err
	})
	return run, explain(err, "cycle run", id)
}

// settled is the state of a run whose drafts were finalized or discarded, or whose invoices were voided: that of its billing,
// unless some are left.
func (r *Run) settled() RunState {
	if r.Drafts.Left > 0 || r.State == RunVoiding && r.ProblemCount > 0 {
		return RunFailed
	}
	return r.Outcome
}

// prepareDrafts reads the drafts of a batch that are finalized or discarded.
func (w *batchWork) prepareDrafts(ctx context.Context, r BillingReader) (err error) {
	if w.run.State == RunVoiding {
		return w.prepareVoid(ctx, r)
	}
	if w.run.State == RunFinalizing {
		w.invoices, err = r.Drafts(ctx, w.run.ID, w.batch.Range)
		return err
	}
	drafts, err := r.WholeDrafts(ctx, w.run.ID, w.batch.Range)
	if err != nil {
		return err
	}
	if w.discarding, err = discard(ctx, r, drafts); err != nil {
		return err
	}
	for i := range drafts {
		if len(w.discarding.kept[drafts[i].ID]) > 0 {
			w.problems = append(w.problems, w.discarding.problem(&drafts[i]))
		}
	}
	return nil
}

// writeDrafts finalizes or discards them. What is locked for all, the series of numbers, comes last here too.
func (w *batchWork) writeDrafts(ctx context.Context, to BillingWriter) error {
	if w.run.State == RunVoiding {
		return w.writeVoid(ctx, to)
	}
	if w.run.State == RunFinalizing {
		if err := to.SettleBatch(ctx, w.batch, Drafts{Finalized: int64(len(w.invoices))}); err != nil {
			return err
		}
		return to.FinalizeDrafts(ctx, w.invoices)
	}
	if err := w.discarding.write(ctx, to); err != nil {
		return err
	}
	if err := to.CreateProblems(ctx, w.run.ID, w.problems); err != nil {
		return err
	}
	return to.SettleBatch(ctx, w.batch, Drafts{Discarded: int64(len(w.discarding.drafts))})
}
