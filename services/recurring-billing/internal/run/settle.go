package run

import (
	"cmp"
	"context"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// Finalize has all drafts of a run that has ended finalized.
func (s *Service) Finalize(ctx context.Context, id ID) (Run, error) {
	return s.settleRun(ctx, id, Finalizing)
}

// Discard has all drafts of a run that has ended discarded.
func (s *Service) Discard(ctx context.Context, id ID) (Run, error) {
	return s.settleRun(ctx, id, Discarding)
}

// settleRun takes a run up again. One without drafts, and one that is in that state already, is answered as it is.
func (s *Service) settleRun(ctx context.Context, id ID, state State) (Run, error) {
	run, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Run, error) {
		caller, err := auth.From(ctx)
		if err != nil {
			return Run{}, err
		}
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
	}, mutation.Guarded())
	return run, resource.Explain(err, "cycle run", id)
}

// settled is the state of a run whose drafts were finalized or discarded, or whose invoices were voided: that of its billing,
// unless some are left.
func (r *Run) settled() State {
	if r.Drafts.Left > 0 || r.State == Voiding && r.ProblemCount > 0 {
		return Failed
	}
	return r.Outcome
}

// prepareDrafts reads the drafts of a batch that are finalized or discarded.
func (w *batchWork) prepareDrafts(ctx context.Context, r BatchReader) (err error) {
	if w.run.State == Voiding {
		return w.prepareVoid(ctx, r)
	}
	if w.run.State == Finalizing {
		w.invoices, err = r.Drafts(ctx, w.run.ID, w.batch.Range)
		return err
	}
	drafts, err := r.WholeDrafts(ctx, w.run.ID, w.batch.Range)
	if err != nil {
		return err
	}
	if w.discarding, err = invoice.PlanDiscard(ctx, r, drafts); err != nil {
		return err
	}
	for i := range drafts {
		if len(w.discarding.Kept[drafts[i].ID]) > 0 {
			w.problems = append(w.problems, Problem{
				BillTo: drafts[i].BillTo, Currency: drafts[i].Currency, OfDraft: true, Message: w.discarding.Refusal(&drafts[i]),
			})
		}
	}
	return nil
}

// writeDrafts finalizes or discards them. What is locked for all, the series of numbers, comes last here too.
func (w *batchWork) writeDrafts(ctx context.Context, to BatchWriter) error {
	if w.run.State == Voiding {
		return w.writeVoid(ctx, to)
	}
	if w.run.State == Finalizing {
		if err := to.SettleBatch(ctx, w.batch, invoice.DraftCount{Finalized: int64(len(w.invoices))}); err != nil {
			return err
		}
		return to.FinalizeDrafts(ctx, w.invoices)
	}
	if err := w.discarding.Write(ctx, to); err != nil {
		return err
	}
	if err := to.CreateProblems(ctx, w.run.ID, w.problems); err != nil {
		return err
	}
	return to.SettleBatch(ctx, w.batch, invoice.DraftCount{Discarded: int64(len(w.discarding.Drafts))})
}
