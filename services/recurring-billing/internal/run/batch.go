package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// A batch whose lines change meanwhile is retried at once, up to staleTries times before it rests.
// After freeTries it locks its lines, so that it completes however often they are changed.
const (
	staleTries = 10
	freeTries  = 3
)

// batch processes one batch. A batch that fails rests, and is tried up to maxAttempts times. Then
// it is given up and the run reports a problem. Attempts while the store is unavailable do not
// count.
func (s *Service) batch(ctx context.Context, at time.Time) (found bool, err error) {
	work := batchWork{at: at}
	for try := range staleTries {
		found, err = s.store.DoBatch(ctx, at, try >= freeTries, work.prepare, work.write)
		again := errors.Is(err, mutation.ErrStale)
		if errors.Is(err, ErrBilled) {
			var failed error
			again, failed = s.exclude(ctx, &work)
			err = errors.Join(err, failed)
		}
		if !again {
			break
		}
	}
	taken := work.batch
	if err == nil || taken.Number == 0 || ctx.Err() != nil || errors.Is(err, fault.Unavailable) {
		return found && err == nil, err
	}
	now := s.Clock.Now()
	until := now.Add(retryAfter(taken.Attempts))
	taken.Attempts++
	if taken.Attempts >= maxAttempts {
		until = time.Time{}
	}
	of := auth.Principal{Tenant: work.run.tenant, Actor: work.run.By()}
	noted := s.store.WriteGuarded(ctx, of, now, func(ctx context.Context, w Writer) error {
		return w.PostponeBatch(ctx, taken, reasonOf(err), until)
	})
	return false, errors.Join(fmt.Errorf("doing batch %d of cycle run %d: %w", taken.Number, taken.Run, err), noted)
}

// exclude finds the lines that kept a batch from being written because they were already billed
// for the same days. The batch is retried without their bill-tos. more is true if it found lines
// that were not known.
func (s *Service) exclude(ctx context.Context, work *batchWork) (more bool, err error) {
	err = s.store.Read(ctx, work.run.tenant, func(ctx context.Context, r Reader) error {
		lines, err := r.BilledAlready(ctx, work.invoices)
		if work.excluded == nil {
			work.excluded = map[line.ID]bool{}
		}
		for _, l := range lines {
			more = more || !work.excluded[l]
			work.excluded[l] = true
		}
		return err
	})
	return more, err
}

// reasonOf returns the text that a person sees for an error: a fault's own text, or a general one
// for any other error.
func reasonOf(err error) string {
	if errors.Is(err, mutation.ErrStale) {
		return "lines or drafts kept changing meanwhile"
	}
	if known, ok := fault.As(err); ok && known.Kind != fault.Internal {
		return known.Message
	}
	return "an internal error; see the server log"
}

// batchWork is a batch that is being processed: what is due of it and what it counts.
type batchWork struct {
	run Run
	// job is the run's job that processes the batch, or nil if the batch is billed.
	job      *Job
	batch    Batch
	invoices []invoice.Invoice
	// bills are the invoices ready to be written, nil if there is nothing to write of them.
	bills    Bills
	problems []Problem
	count    Count
	// excluded holds lines that cannot be billed because the database rejects it.
	excluded map[line.ID]bool
	// discarding holds the changes to lines and drafts when drafts are discarded, and to lines when
	// invoices are voided.
	discarding invoice.Discarding
	// at is the time of the work.
	at time.Time
}

// prepare reads what is due and makes the invoices, or reads the drafts or invoices that the job
// processes.
func (w *batchWork) prepare(ctx context.Context, r BatchReader, run Run, batch Batch) (err error) {
	*w = batchWork{run: run, batch: batch, excluded: w.excluded, at: w.at}
	if w.job = w.run.RunningJob(); w.job != nil {
		return w.prepareDrafts(ctx, r)
	}
	if w.invoices, w.problems, err = due(ctx, r, run, batch.Range); err != nil {
		return err
	}
	w.reportExcluded()
	for i := range w.invoices {
		inv := &w.invoices[i]
		inv.ID = invoice.IDOf(run.ID, inv.BillTo, inv.Currency)
		if run.LeaveDrafts {
			w.count.Drafts.Left++
		} else {
			inv.State = invoice.Finalized
		}
		w.count.Invoices++
		for j := range inv.Lines {
			w.count.Periods += int64(len(inv.Lines[j].Parts))
		}
		w.count.charge(inv.Currency, money.SumOf(inv.Total))
	}
	if !run.Preview && len(w.invoices) > 0 {
		w.bills = r.Bills(w.at, w.invoices)
	}
	return nil
}

// reportExcluded turns each invoice that bills a line set aside into a problem.
func (w *batchWork) reportExcluded() {
	if len(w.excluded) == 0 {
		return
	}
	w.invoices = slices.DeleteFunc(w.invoices, func(inv invoice.Invoice) bool {
		at := slices.IndexFunc(inv.Lines, func(l billing.Advance) bool { return w.excluded[line.ID(l.Line)] })
		if at < 0 {
			return false
		}
		w.problems = append(w.problems, Problem{BillTo: inv.BillTo, Currency: inv.Currency, Message: fmt.Sprintf(
			"line %d was already billed for the same days: its next cycle date lies before days that it is billed for", inv.Lines[at].Line)})
		return true
	})
}

// write writes invoices, billed periods and the lines' next dates. The series of numbers, which
// locks out all others, comes last.
func (w *batchWork) write(ctx context.Context, to BatchWriter) error {
	if w.job != nil {
		return w.writeDrafts(ctx, to)
	}
	if w.bills != nil {
		if err := to.BillLines(ctx, w.bills); err != nil {
			return err
		}
		if err := to.BillCredits(ctx, w.invoices); err != nil {
			return err
		}
		if err := to.BillCharges(ctx, w.invoices); err != nil {
			return err
		}
	}
	if err := to.CreateProblems(ctx, w.batch, w.problems); err != nil {
		return err
	}
	if err := to.FinishBatch(ctx, w.batch, w.count); err != nil || w.bills == nil {
		return err
	}
	return to.CreateInvoices(ctx, w.bills)
}
