package run

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// Finalize starts a job that finalizes all drafts of a run that has ended.
func (s *Service) Finalize(ctx context.Context, id ID) (Run, error) {
	return s.settleRun(ctx, id, FinalizeJob)
}

// Discard starts a job that discards all drafts of a run that has ended.
func (s *Service) Discard(ctx context.Context, id ID) (Run, error) {
	return s.settleRun(ctx, id, DiscardJob)
}

// settleRun starts a job on the drafts of a run. A run without drafts, or with such a job already
// running, is returned unchanged.
func (s *Service) settleRun(ctx context.Context, id ID, kind JobKind) (Run, error) {
	run, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Run, error) {
		run, err := w.Run(ctx, id)
		if job := run.RunningJob(); err != nil || job != nil && job.Kind == kind {
			return run, err
		}
		if err := run.checkEnded(); err != nil || run.Drafts.Left == 0 {
			return run, err
		}
		return s.start(ctx, w, run, Job{Kind: kind}, w.ReopenDrafts)
	}, mutation.Guarded())
	return run, mutation.Explain(err, "cycle run", id)
}

// start starts a job of a run. reopen makes the job's batches pending.
func (s *Service) start(ctx context.Context, w Writer, run Run, job Job, reopen func(context.Context, *Run) error) (Run, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return Run{}, err
	}
	job.Actor, job.Created = caller.Actor, s.Clock.Now()
	run.start(job)
	if err := reopen(ctx, &run); err != nil {
		return Run{}, err
	}
	err = w.UpdateRun(ctx, &run)
	return run, err
}

// prepareDrafts reads the drafts of a batch to finalize or discard.
func (w *batchWork) prepareDrafts(ctx context.Context, r BatchReader) (err error) {
	if w.job.Kind == VoidJob {
		return w.prepareVoid(ctx, r)
	}
	if w.job.Kind == FinalizeJob {
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
				BillTo: drafts[i].BillTo, Currency: drafts[i].Currency, Message: w.discarding.Refusal(&drafts[i]),
			})
		}
	}
	return nil
}

// writeDrafts finalizes or discards the drafts. The series of numbers, which locks out all others,
// comes last here too.
func (w *batchWork) writeDrafts(ctx context.Context, to BatchWriter) error {
	if w.job.Kind == VoidJob {
		return w.writeVoid(ctx, to)
	}
	if w.job.Kind == FinalizeJob {
		if err := to.SettleBatch(ctx, w.batch, invoice.DraftCount{Finalized: int64(len(w.invoices))}); err != nil {
			return err
		}
		return to.FinalizeDrafts(ctx, w.invoices)
	}
	if err := w.discarding.Write(ctx, to); err != nil {
		return err
	}
	if err := to.CreateProblems(ctx, w.batch, w.problems); err != nil {
		return err
	}
	return to.SettleBatch(ctx, w.batch, invoice.DraftCount{Discarded: int64(len(w.discarding.Drafts))})
}
