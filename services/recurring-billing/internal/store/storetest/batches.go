package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var batchChecks = []check{
	{"a run counts what its batches have done", countsBatches},
	{"a batch is completed once", doneOnce},
	{"a batch that is given up is a problem of its run", givesUpBatches},
	{"batches that were given up are retried", retriesBatches},
	{"unfinished batches are cancelled", cancelsBatches},
	{"problems are kept by run and job, in order", keepsProblems},
	{"a job reopens the batches with drafts, or with invoices", reopens},
}

// halves are two ranges that together cover every bill-to.
var halves = []run.Range{{After: 0, Upto: 5}, {After: 5, Upto: run.Everyone.Upto}}

// batch returns a batch of a run that is split into halves. number counts from 1.
func batch(of run.Run, number int) run.Batch {
	return run.Batch{Run: of.ID, Number: number, Range: halves[number-1]}
}

func countsBatches(t tenant) {
	of := t.running(run.Run{LeaveDrafts: true}, halves...)
	counted := run.Count{
		Invoices: 2, Periods: 3, Totals: money.Totals{"USD": money.SumOf(-5)}, Drafts: invoice.DraftCount{Left: 2},
	}
	t.write(func(ctx context.Context, w Writer) error { return w.FinishBatch(ctx, batch(of, 1), counted) })
	now := t.now(of)
	equal(t, "done", 1, now.Done)
	equal(t, "count", counted, now.Count)
	t.write(func(ctx context.Context, w Writer) error { return w.FinishBatch(ctx, batch(of, 2), counted) })
	now = t.now(of)
	twice := counted
	twice.Totals = nil
	twice.Add(counted)
	twice.Totals["USD"] = money.SumOf(-10)
	equal(t, "done", 2, now.Done)
	equal(t, "count", twice, now.Count)
}

func doneOnce(t tenant) {
	of := t.running(run.Run{}, halves...)
	finish := func(ctx context.Context, w Writer) error {
		return w.FinishBatch(ctx, batch(of, 1), run.Count{Invoices: 1})
	}
	t.write(finish)
	t.stale("finishing a batch again", finish)
	t.stale("settling a batch that is done", func(ctx context.Context, w Writer) error {
		return w.SettleBatch(ctx, batch(of, 1), invoice.DraftCount{})
	})
	t.other().stale("finishing another tenant's batch", func(ctx context.Context, w Writer) error {
		return w.FinishBatch(ctx, batch(of, 2), run.Count{})
	})
	// Another worker finished it meanwhile, so its failure is ignored.
	t.write(func(ctx context.Context, w Writer) error {
		return w.PostponeBatch(ctx, batch(of, 1), "too late", time.Time{})
	})
	equal(t, "problems", int64(0), t.now(of).ProblemCount)
}

func givesUpBatches(t tenant) {
	of := t.running(run.Run{}, halves...)
	givenUp := func(want int) {
		t.Helper()
		t.read(func(ctx context.Context, r Reader) error { return same(t, want)(r.CountGivenUp(ctx, of.ID)) })
	}
	t.write(func(ctx context.Context, w Writer) error {
		return w.PostponeBatch(ctx, batch(of, 1), "rests", kept.Add(time.Hour))
	})
	equal(t, "problems of one that rests", int64(0), t.now(of).ProblemCount)
	givenUp(0)
	t.write(func(ctx context.Context, w Writer) error {
		return w.PostponeBatch(ctx, batch(of, 1), "given \"up\"", time.Time{})
	})
	now := t.now(of)
	equal(t, "problems", int64(1), now.ProblemCount)
	equal(t, "problem", []run.Problem{{Range: halves[0], Message: "given \"up\""}}, now.Problems)
	equal(t, "done", 0, now.Done)
	givenUp(1)
}

func retriesBatches(t tenant) {
	of := t.running(run.Run{}, halves...)
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.FinishBatch(ctx, batch(of, 1), run.Count{Invoices: 2}), w.PostponeBatch(ctx, batch(of, 2), "given up", time.Time{}))
	})
	of = t.now(of)
	of.State, of.Ended = run.Failed, kept
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateRun(ctx, &of) })
	t.write(func(ctx context.Context, w Writer) error {
		of.State, of.Ended = run.Running, time.Time{}
		if err := w.RetryBatches(ctx, &of); err != nil {
			return err
		}
		equal(t, "done", 1, of.Done)
		equal(t, "invoices", int64(2), of.Invoices)
		equal(t, "problems", int64(0), of.ProblemCount)
		return w.UpdateRun(ctx, &of)
	})
	t.write(func(ctx context.Context, w Writer) error {
		return w.FinishBatch(ctx, batch(of, 2), run.Count{Invoices: 1})
	})
	now := t.now(of)
	equal(t, "done in the end", 2, now.Done)
	equal(t, "invoices in the end", int64(3), now.Invoices)
}

func cancelsBatches(t tenant) {
	of, other := t.running(run.Run{}, halves...), t.running(run.Run{}, halves...)
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.FinishBatch(ctx, batch(of, 1), run.Count{Invoices: 2}), w.CancelBatches(ctx, of.ID))
	})
	t.stale("finishing a batch that was cancelled", func(ctx context.Context, w Writer) error {
		return w.FinishBatch(ctx, batch(of, 2), run.Count{})
	})
	now := t.now(of)
	equal(t, "done", 1, now.Done)
	equal(t, "invoices", int64(2), now.Invoices)
	t.write(func(ctx context.Context, w Writer) error { return w.FinishBatch(ctx, batch(other, 2), run.Count{}) })
}

func keepsProblems(t tenant) {
	of := t.running(run.Run{}, halves...)
	billing := []run.Problem{{BillTo: 2, Currency: "USD", Message: "\"no\" rate"}, {BillTo: 2, Currency: "EUR", Message: "no rate"}, {BillTo: 1, Currency: "USD", Message: "no rate"}}
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateProblems(ctx, batch(of, 1), billing), w.CreateProblems(ctx, batch(of, 1), nil),
			w.PostponeBatch(ctx, batch(of, 2), "given up", time.Time{}))
	})
	now := t.now(of)
	equal(t, "problems", []run.Problem{billing[2], billing[1], billing[0], {Range: halves[1], Message: "given up"}}, now.Problems)
	equal(t, "problems counted", int64(4), now.ProblemCount)
	now.State, now.Ended = run.Failed, kept
	now.Jobs = []run.Job{{Number: 1, Kind: run.VoidJob, State: run.Running, Actor: "Ann", Created: kept}}
	ofJob := batch(of, 1)
	ofJob.Job = 1
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.UpdateRun(ctx, &now), w.CreateProblems(ctx, ofJob, billing[:1]))
	})
	after := t.now(of)
	equal(t, "problems of the run", now.Problems, after.Problems)
	equal(t, "problems of the job", billing[:1], after.Jobs[0].Problems)
}

func reopens(t tenant) {
	of := t.running(run.Run{LeaveDrafts: true}, halves...)
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(
			w.FinishBatch(ctx, batch(of, 1), run.Count{Invoices: 2, Drafts: invoice.DraftCount{Left: 2}}),
			w.FinishBatch(ctx, batch(of, 2), run.Count{Invoices: 1}))
	})
	of = t.now(of)
	of.State, of.Ended = run.Succeeded, kept
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateRun(ctx, &of) })
	start := func(kind run.JobKind, want int, reopen func(Writer) func(context.Context, *run.Run) error) {
		t.Helper()
		of.Jobs = append(of.Jobs, run.Job{Number: len(of.Jobs) + 1, Kind: kind, State: run.Running, Actor: "Ann", Created: kept})
		t.write(func(ctx context.Context, w Writer) error {
			return errors.Join(reopen(w)(ctx, &of), w.UpdateRun(ctx, &of))
		})
		equal(t, "batches of the job", want, of.LastJob().Batches)
	}
	start(run.FinalizeJob, 1, func(w Writer) func(context.Context, *run.Run) error { return w.ReopenDrafts })
	settled := batch(of, 1)
	settled.Job = 1
	t.write(func(ctx context.Context, w Writer) error {
		return w.SettleBatch(ctx, settled, invoice.DraftCount{Finalized: 1, Discarded: 1})
	})
	now := t.now(of)
	equal(t, "done of the job", 1, now.Jobs[0].Done)
	equal(t, "drafts", invoice.DraftCount{Finalized: 1, Discarded: 1}, now.Drafts)
	of = now
	of.LastJob().State, of.LastJob().Ended = run.Succeeded, kept
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateRun(ctx, &of) })
	start(run.VoidJob, 2, func(w Writer) func(context.Context, *run.Run) error { return w.ReopenBilled })
	givenUp := batch(of, 2)
	givenUp.Job = 2
	t.write(func(ctx context.Context, w Writer) error {
		return w.PostponeBatch(ctx, givenUp, "given up", time.Time{})
	})
	now = t.now(of)
	equal(t, "problems of the job", []run.Problem{{Range: halves[1], Message: "given up"}}, now.Jobs[1].Problems)
	equal(t, "problems of the run", nil, now.Problems)
	t.read(func(ctx context.Context, r Reader) error { return same(t, 0)(r.CountGivenUp(ctx, of.ID)) })
}
