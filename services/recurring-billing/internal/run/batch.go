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

// A batch whose lines change under it is done again at once, up to staleTries times before it rests. After freeTries it holds
// its lines, so that it comes to an end however often they are changed: nobody waits for their invoice because somebody
// else's line is being worked on.
const (
	staleTries = 10
	freeTries  = 3
)

// batch does one batch. One that fails rests, and is tried again mostAttempts times before it is given up and the run
// says so; the store's being away does not count.
func (s *Service) batch(ctx context.Context, at time.Time) (found bool, err error) {
	work := batchWork{at: at}
	for try := range staleTries {
		found, err = s.store.DoBatch(ctx, at, try >= freeTries, work.prepare, work.write)
		again := errors.Is(err, mutation.ErrStale)
		if errors.Is(err, ErrBilled) {
			var failed error
			again, failed = s.setAside(ctx, &work)
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
	if taken.Attempts >= mostAttempts {
		until = time.Time{}
	}
	of := auth.Principal{Tenant: work.run.tenant, Actor: work.run.By()}
	noted := s.store.WriteGuarded(ctx, of, now, func(ctx context.Context, w Writer) error {
		return w.PostponeBatch(ctx, taken, reasonOf(err), until)
	})
	return false, errors.Join(fmt.Errorf("doing batch %d of cycle run %d: %w", taken.Number, taken.Run, err), noted)
}

// setAside finds the lines that kept a batch from being written, because they were billed for the same days before: it is
// done again without their bill-tos. It reports whether there are any that were not known.
func (s *Service) setAside(ctx context.Context, work *batchWork) (more bool, err error) {
	err = s.store.Read(ctx, work.run.tenant, func(ctx context.Context, r Reader) error {
		lines, err := r.BilledAlready(ctx, work.invoices)
		if work.aside == nil {
			work.aside = map[line.ID]bool{}
		}
		for _, l := range lines {
			more = more || !work.aside[l]
			work.aside[l] = true
		}
		return err
	})
	return more, err
}

// reasonOf is what a person is told of an error: a fault's own words, or what may be said of any other.
func reasonOf(err error) string {
	if errors.Is(err, mutation.ErrStale) {
		return "lines or drafts here kept changing meanwhile"
	}
	if known, ok := fault.As(err); ok && known.Kind != fault.Internal {
		return known.Message
	}
	return "an internal error, which the log of the server tells"
}

// batchWork is a batch on its way: what is due of it, and what that counts.
type batchWork struct {
	run Run
	// job is the run's job that does the batch, nil where it is billed.
	job      *Job
	batch    Batch
	invoices []invoice.Invoice
	problems []Problem
	count    Count
	// aside are lines that cannot be billed, because the database refuses it.
	aside map[line.ID]bool
	// discarding is what is done instead while the run's drafts are discarded, and becomes of lines while its invoices are voided.
	discarding invoice.Discarding
	// at is when it is done.
	at time.Time
}

// prepare reads what is due and makes the invoices, or reads the drafts that are settled.
func (w *batchWork) prepare(ctx context.Context, r BatchReader, run Run, batch Batch) (err error) {
	*w = batchWork{run: run, batch: batch, aside: w.aside, at: w.at}
	if w.job = w.run.Going(); w.job != nil {
		return w.prepareDrafts(ctx, r)
	}
	if w.invoices, w.problems, err = due(ctx, r, run, batch.Range); err != nil {
		return err
	}
	w.leaveOut()
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
	return nil
}

// leaveOut makes a problem of each invoice that bills a line that was set aside.
func (w *batchWork) leaveOut() {
	if len(w.aside) == 0 {
		return
	}
	w.invoices = slices.DeleteFunc(w.invoices, func(inv invoice.Invoice) bool {
		at := slices.IndexFunc(inv.Lines, func(l billing.Advance) bool { return w.aside[line.ID(l.Line)] })
		if at < 0 {
			return false
		}
		w.problems = append(w.problems, Problem{BillTo: inv.BillTo, Currency: inv.Currency, Message: fmt.Sprintf(
			"line %d was billed for the same days before: its next cycle date lies before what it is billed for", inv.Lines[at].Line)})
		return true
	})
}

// write writes invoices, billed periods and the lines' next dates. What is locked for all, the series of numbers, comes
// last.
func (w *batchWork) write(ctx context.Context, to BatchWriter) error {
	if w.job != nil {
		return w.writeDrafts(ctx, to)
	}
	bills := !w.run.Preview && len(w.invoices) > 0
	if bills {
		if err := to.BillLines(ctx, w.invoices); err != nil {
			return err
		}
		if err := to.BillCredits(ctx, w.invoices); err != nil {
			return err
		}
	}
	if err := to.CreateProblems(ctx, w.batch, w.problems); err != nil {
		return err
	}
	if err := to.FinishBatch(ctx, w.batch, w.count); err != nil || !bills {
		return err
	}
	return to.CreateInvoices(ctx, w.invoices)
}
