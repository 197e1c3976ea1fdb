package run

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Void starts a job that voids all invoices of a run that has ended, as invoice.Service.Void voids
// each. A run that is already being voided, or that made no invoices, is returned unchanged.
func (s *Service) Void(ctx context.Context, id ID, why string, release bool) (Run, error) {
	var v fault.Violations
	invoice.CheckReason(&v, why)
	if err := v.Err(); err != nil {
		return Run{}, err
	}
	run, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Run, error) {
		run, err := w.Run(ctx, id)
		if job := run.RunningJob(); err != nil || job != nil && job.Kind == VoidJob {
			return run, err
		}
		if err := run.checkEnded(); err != nil || run.Preview || run.Invoices == 0 {
			return run, err
		}
		if run.Drafts.Left > 0 {
			return Run{}, fault.New(fault.FailedPrecondition, reason.DraftsLeft, "cycle run %d has drafts: discard or finalize them first", id)
		}
		return s.start(ctx, w, run, Job{Kind: VoidJob, Reason: why, ReleasePeriods: release}, func(ctx context.Context, run *Run) error {
			if err := w.ReopenBilled(ctx, run); err != nil || run.LastJob().Batches > 0 {
				return err
			}
			return fault.New(fault.FailedPrecondition, reason.RunImported,
				"cycle run %d was imported, and its batches are not known here: void its invoices one by one", id)
		})
	}, mutation.Guarded())
	return run, mutation.Explain(err, "cycle run", id)
}

// prepareVoid reads the invoices of a batch to void, and adds a problem for each that cannot be
// voided.
func (w *batchWork) prepareVoid(ctx context.Context, r BatchReader) error {
	invoices, err := r.Voidable(ctx, w.run.ID, w.batch.Range, w.job.ReleasePeriods)
	if err != nil {
		return err
	}
	credited, err := creditedDays(ctx, r, invoices)
	if err != nil {
		return err
	}
	voidable := make([]invoice.Invoice, 0, len(invoices))
	for i := range invoices {
		err := w.checkVoidable(ctx, r, &invoices[i], credited)
		if refusal, refused := fault.As(err); refused && refusal.Kind == fault.FailedPrecondition {
			w.keep(&invoices[i], refusal.Message)
		} else if err != nil {
			return err
		} else {
			voidable = append(voidable, invoices[i])
		}
	}
	invoices = voidable
	if w.job.ReleasePeriods {
		if w.discarding, err = invoice.PlanDiscard(ctx, r, invoices); err != nil {
			return err
		}
		invoices = slices.DeleteFunc(invoices, func(inv invoice.Invoice) bool {
			further := w.discarding.Kept[inv.ID]
			if len(further) > 0 {
				w.keep(&inv, reasonOf(invoice.BilledFurther(&inv, further)))
			}
			return len(further) > 0
		})
	}
	w.invoices = invoices
	return nil
}

// checkVoidable returns a fault if an invoice cannot be voided. For most invoices it need not read
// their credits.
func (w *batchWork) checkVoidable(ctx context.Context, r BatchReader, inv *invoice.Invoice, credited map[line.ID][]invoice.GivenCredit) error {
	if err := inv.CheckVoidable(w.job.ReleasePeriods, ""); err != nil {
		return err
	}
	billed, _ := inv.BilledLines()
	given := inv.Credited > 0 || slices.ContainsFunc(billed, func(l line.ID) bool {
		return inv.CreditedBy(credited[l])
	})
	if !given {
		return nil
	}
	return invoice.CheckNotCredited(ctx, r, inv, billed)
}

// keep adds a problem for an invoice that is not voided.
func (w *batchWork) keep(inv *invoice.Invoice, why string) {
	w.problems = append(w.problems, Problem{
		BillTo: inv.BillTo, Currency: inv.Currency, Message: fmt.Sprintf("invoice %d could not be voided: %s", inv.Number, why),
	})
}

// creditedDays returns the credits given to the lines of invoices, by line.
func creditedDays(ctx context.Context, r invoice.BilledReader, invoices []invoice.Invoice) (map[line.ID][]invoice.GivenCredit, error) {
	var lines []line.ID
	for i := range invoices {
		billed, _ := invoices[i].BilledLines()
		lines = append(lines, billed...)
	}
	given, err := r.GivenCredits(ctx, lines)
	if err != nil {
		return nil, err
	}
	byLine := map[line.ID][]invoice.GivenCredit{}
	for _, credit := range given {
		byLine[credit.Line] = append(byLine[credit.Line], credit)
	}
	return byLine, nil
}

// writeVoid voids the invoices of a batch.
func (w *batchWork) writeVoid(ctx context.Context, to BatchWriter) error {
	if err := to.ReturnLines(ctx, w.discarding.Lines); err != nil {
		return err
	}
	today, err := TodayOf(ctx, to, w.at)
	if err != nil {
		return err
	}
	for i := range w.invoices {
		inv := &w.invoices[i]
		billed, credited := inv.BilledLines()
		if err := to.ReleaseCredits(ctx, inv.ID, credited); err != nil {
			return err
		}
		if w.job.ReleasePeriods {
			if err := to.ReleasePeriods(ctx, inv.ID, billed); err != nil {
				return err
			}
			if err := to.ReleaseCharges(ctx, inv.ID, inv.BilledCharges()); err != nil {
				return err
			}
		}
		inv.MarkVoid(invoice.Voiding{Reason: w.job.Reason, At: w.at.UTC(), Day: today, Released: w.job.ReleasePeriods})
		if err := to.UpdateInvoice(ctx, inv); err != nil {
			return err
		}
	}
	if err := to.CreateProblems(ctx, w.batch, w.problems); err != nil {
		return err
	}
	return to.SettleBatch(ctx, w.batch, invoice.DraftCount{})
}
