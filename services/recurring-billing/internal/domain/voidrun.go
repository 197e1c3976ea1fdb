package domain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// VoidRun has all invoices of a run that has ended taken back, as VoidInvoice does each. One that is being voided, and one
// that made no invoices, is answered as it is.
func (b *Biller) VoidRun(ctx context.Context, id RunID, why string, release bool) (Run, error) {
	var v violations
	v.checkCorrectionReason(why)
	if err := v.err(); err != nil {
		return Run{}, err
	}
	run, err := writeGuarded(ctx, b, func(ctx context.Context, w BillingWriter, caller auth.Principal) (Run, error) {
		run, err := w.Run(ctx, id)
		switch {
		case err != nil || run.State == RunVoiding || run.State.Ended() && (run.DryRun || run.Invoices == 0):
			return run, err
		case !run.State.Ended():
			return Run{}, fault.New(fault.FailedPrecondition, reason.RunNotEnded, "cycle run %d is %s: wait for its end, or cancel it", id, run.State)
		case run.Drafts.Left > 0:
			return Run{}, fault.New(fault.FailedPrecondition, reason.DraftsLeft, "cycle run %d has drafts: discard or finalize them first", id)
		}
		run.Outcome = cmp.Or(run.Outcome, run.State)
		run.State, run.SettledBy, run.Ended = RunVoiding, caller.Actor, time.Time{}
		run.VoidReason, run.VoidReleases = why, release
		batches, err := w.ReopenBilled(ctx, &run)
		if err != nil {
			return Run{}, err
		}
		if batches == 0 {
			return Run{}, fault.New(fault.FailedPrecondition, reason.RunImported,
				"cycle run %d was made elsewhere, and nobody here knows its batches: void its invoices one by one", id)
		}
		err = w.UpdateRun(ctx, &run)
		return run, err
	})
	return run, explain(err, "cycle run", id)
}

// prepareVoid reads the invoices of a batch that are taken back, and why others are not.
func (w *batchWork) prepareVoid(ctx context.Context, r BillingReader) error {
	invoices, err := r.Voidable(ctx, w.run.ID, w.batch.Range, w.run.VoidReleases)
	if err != nil {
		return err
	}
	credited, err := creditedDays(ctx, r, invoices)
	if err != nil {
		return err
	}
	voidable := make([]Invoice, 0, len(invoices))
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
	if w.run.VoidReleases {
		if w.discarding, err = discard(ctx, r, invoices); err != nil {
			return err
		}
		invoices = slices.DeleteFunc(invoices, func(invoice Invoice) bool {
			further := w.discarding.kept[invoice.ID]
			if len(further) > 0 {
				w.keep(&invoice, reasonOf(billedFurther(&invoice, further)))
			}
			return len(further) > 0
		})
	}
	w.invoices = invoices
	return nil
}

// checkVoidable refuses an invoice that cannot be taken back. Most are settled without a look at what was given back of them.
func (w *batchWork) checkVoidable(ctx context.Context, r BillingReader, invoice *Invoice, credited map[LineID][]GivenCredit) error {
	if err := invoice.checkVoidable(w.run.VoidReleases, ""); err != nil {
		return err
	}
	billed, _ := invoice.lines()
	given := invoice.Credited > 0 || slices.ContainsFunc(billed, func(line LineID) bool {
		return slices.ContainsFunc(credited[line], func(c GivenCredit) bool { return invoice.bills(line, c.Span) })
	})
	if !given {
		return nil
	}
	return checkNothingGiven(ctx, r, invoice, billed)
}

// keep makes a problem of an invoice that stays as it is.
func (w *batchWork) keep(invoice *Invoice, why string) {
	w.problems = append(w.problems, Problem{
		BillTo: invoice.BillTo, Currency: invoice.Currency, OfDraft: true, Message: fmt.Sprintf("invoice %d could not be voided: %s", invoice.Number, why),
	})
}

// creditedDays is the credits that lines of invoices were given, by line.
func creditedDays(ctx context.Context, r BillingReader, invoices []Invoice) (map[LineID][]GivenCredit, error) {
	var lines []LineID
	for i := range invoices {
		billed, _ := invoices[i].lines()
		lines = append(lines, billed...)
	}
	given, err := r.GivenCredits(ctx, lines)
	if err != nil {
		return nil, err
	}
	byLine := map[LineID][]GivenCredit{}
	for _, credit := range given {
		byLine[credit.Line] = append(byLine[credit.Line], credit)
	}
	return byLine, nil
}

// writeVoid takes the invoices of a batch back.
func (w *batchWork) writeVoid(ctx context.Context, to BillingWriter) error {
	if err := to.ReturnLines(ctx, w.discarding.lines); err != nil {
		return err
	}
	today, err := todayOf(ctx, to, w.at)
	if err != nil {
		return err
	}
	for i := range w.invoices {
		invoice := &w.invoices[i]
		billed, credited := invoice.lines()
		if err := to.ReleaseCredits(ctx, invoice.ID, credited); err != nil {
			return err
		}
		if w.run.VoidReleases {
			if err := to.ReleasePeriods(ctx, invoice.ID, billed); err != nil {
				return err
			}
		}
		invoice.void(Voiding{Reason: w.run.VoidReason, At: w.at.UTC(), Day: today, Released: w.run.VoidReleases})
		if err := to.UpdateInvoice(ctx, invoice); err != nil {
			return err
		}
	}
	if err := to.CreateProblems(ctx, w.run.ID, w.problems); err != nil {
		return err
	}
	return to.SettleBatch(ctx, w.batch, Drafts{})
}
