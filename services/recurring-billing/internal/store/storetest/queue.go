package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var queueChecks = []check{
	{"a run is planned, processed in batches and ended", doesRuns},
	{"failed work leaves no changes", leavesWork},
	{"a batch that failed rests", restsBatches},
	{"a batch that bills a period again is ErrBilled", refusesBilled},
	{"a run with a running job is ended again", endsJobs},
	{"the schedules of all tenants that are switched on", allSchedules},
	{"a commit is signalled", signals},
}

// waits checks which kinds of work wait at an instant.
func (t tenant) waits(at time.Time, want run.Waiting) {
	t.Helper()
	got, err := t.Runs.Waiting(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "waiting", want, got)
}

// took checks whether there was work to claim.
func (t tenant) took(what string, want bool) func(bool, error) {
	return func(got bool, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", what, got, err, want)
		}
	}
}

func (t tenant) create(of *run.Run) {
	t.Helper()
	t.write(func(ctx context.Context, w Writer) error { return w.CreateRun(ctx, of) })
}

// split plans a run as halves.
func split(ctx context.Context, w run.Writer, of run.Run) error {
	of.State, of.Batches = run.Running, len(halves)
	return errors.Join(w.CreateBatches(ctx, of.ID, halves), w.UpdateRun(ctx, &of))
}

// finish completes one batch without billing anything, and adds it to done.
func (t tenant) finish(at time.Time, hold bool, done *[]run.Batch) (bool, error) {
	var taken run.Batch
	return t.Runs.DoBatch(t.Context(), at, hold, func(_ context.Context, _ run.BatchReader, of run.Run, b run.Batch) error {
		if of.ID != b.Run || of.By() != "Ann 🔔" {
			t.Errorf("batch %+v of run %+v", b, of)
		}
		taken = b
		return nil
	}, func(ctx context.Context, w run.BatchWriter) error {
		*done = append(*done, taken)
		return w.FinishBatch(ctx, taken, run.Count{})
	})
}

func doesRuns(t tenant) {
	of := aRun()
	t.waits(kept, run.Waiting{})
	t.create(&of)
	t.waits(kept, run.Waiting{Plan: true})
	ctx := t.Context()
	t.took("planning", true)(t.Runs.PlanRun(ctx, kept, split))
	t.took("planning again", false)(t.Runs.PlanRun(ctx, kept, split))
	t.waits(kept, run.Waiting{Batch: true})
	end := func(ctx context.Context, w run.Writer, of run.Run) error {
		of.State, of.Ended = run.Succeeded, kept
		return w.UpdateRun(ctx, &of)
	}
	t.took("ending too early", false)(t.Runs.EndRun(ctx, kept, end))
	var done []run.Batch
	t.took("a batch", true)(t.finish(kept, false, &done))
	t.took("a batch, held", true)(t.finish(kept, true, &done))
	t.took("a third batch", false)(t.finish(kept, false, &done))
	equal(t, "batches", []run.Batch{batch(of, 1), batch(of, 2)}, done)
	t.waits(kept, run.Waiting{End: true})
	t.took("ending", true)(t.Runs.EndRun(ctx, kept, end))
	t.took("ending again", false)(t.Runs.EndRun(ctx, kept, end))
	t.waits(kept, run.Waiting{})
	entries := t.feed()
	if last := entries[len(entries)-1]; last.Resource != "cycleRuns/1" || last.Actor != of.Actor {
		t.Errorf("the feed ends with %s by %q, want the run by who asked for it", last.Resource, last.Actor)
	}
}

func leavesWork(t tenant) {
	of := aRun()
	t.create(&of)
	ctx, broken := t.Context(), errors.New("broken")
	breaks := func(ctx context.Context, w run.Writer, of run.Run) error {
		return errors.Join(split(ctx, w, of), broken)
	}
	if _, err := t.Runs.PlanRun(ctx, kept, breaks); !errors.Is(err, broken) {
		t.Errorf("planning: %v", err)
	}
	t.waits(kept, run.Waiting{Plan: true})
	t.took("planning", true)(t.Runs.PlanRun(ctx, kept, split))
	for _, hold := range []bool{false, true} {
		if _, err := t.Runs.DoBatch(ctx, kept, hold, func(context.Context, run.BatchReader, run.Run, run.Batch) error { return nil },
			func(ctx context.Context, w run.BatchWriter) error {
				return errors.Join(w.FinishBatch(ctx, batch(of, 1), run.Count{}), broken)
			}); !errors.Is(err, broken) {
			t.Errorf("doing a batch: %v", err)
		}
	}
	var done []run.Batch
	t.took("the first batch", true)(t.finish(kept, false, &done))
	equal(t, "batches", []run.Batch{batch(of, 1)}, done)
}

func restsBatches(t tenant) {
	of := aRun()
	t.create(&of)
	t.took("planning", true)(t.Runs.PlanRun(t.Context(), kept, split))
	later := kept.Add(time.Minute)
	failed := batch(of, 2)
	failed.Attempts = 1
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.FinishBatch(ctx, batch(of, 1), run.Count{}), w.PostponeBatch(ctx, failed, "failed", later))
	})
	t.waits(later.Add(-time.Microsecond), run.Waiting{})
	var done []run.Batch
	t.took("a batch that rests", false)(t.finish(later.Add(-time.Microsecond), false, &done))
	t.waits(later, run.Waiting{Batch: true})
	t.took("a batch that has rested", true)(t.finish(later, false, &done))
	equal(t, "batches", []run.Batch{failed}, done)
}

func refusesBilled(t tenant) {
	l := t.lines(2)[0]
	t.billed(anInvoice(1, l))
	of := aRun()
	t.create(&of)
	t.took("planning", true)(t.Runs.PlanRun(t.Context(), kept, split))
	again := anInvoice(2, l)
	again.Lines[0].Version = 2
	for _, hold := range []bool{false, true} {
		var bills run.Bills
		_, err := t.Runs.DoBatch(t.Context(), kept, hold, func(_ context.Context, r run.BatchReader, _ run.Run, _ run.Batch) error {
			bills = r.Bills(kept, []invoice.Invoice{again})
			return nil
		}, func(ctx context.Context, w run.BatchWriter) error { return w.BillLines(ctx, bills) })
		if !errors.Is(err, run.ErrBilled) {
			t.Errorf("billing a period again: %v, want ErrBilled", err)
		}
	}
	t.waits(kept, run.Waiting{Batch: true})
}

func endsJobs(t tenant) {
	of := t.running(run.Run{}, halves...)
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.FinishBatch(ctx, batch(of, 1), run.Count{Invoices: 1}), w.FinishBatch(ctx, batch(of, 2), run.Count{}))
	})
	of = t.now(of)
	of.State, of.Ended = run.Succeeded, kept
	of.Jobs = []run.Job{{Number: 1, Kind: run.VoidJob, State: run.Running, Actor: "Bob", Reason: "typo", Created: kept}}
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.ReopenBilled(ctx, &of), w.UpdateRun(ctx, &of))
	})
	t.waits(kept, run.Waiting{Batch: true})
	t.took("the batch of the job", true)(t.Runs.DoBatch(t.Context(), kept, false, func(_ context.Context, _ run.BatchReader, of run.Run, b run.Batch) error {
		if b.Job != 1 || of.By() != "Bob" {
			t.Errorf("batch %+v, done by %q", b, of.By())
		}
		return nil
	}, func(ctx context.Context, w run.BatchWriter) error {
		return w.SettleBatch(ctx, batch(of, 1), invoice.DraftCount{})
	}))
	t.waits(kept, run.Waiting{End: true})
	t.took("ending the job", true)(t.Runs.EndRun(t.Context(), kept, func(ctx context.Context, w run.Writer, of run.Run) error {
		of.LastJob().State, of.LastJob().Ended = run.Succeeded, kept
		return w.UpdateRun(ctx, &of)
	}))
	t.waits(kept, run.Waiting{})
}

func allSchedules(t tenant) {
	on := run.Schedule{Enabled: true, Day: 1, Zone: "UTC", Since: may.Start}
	off := on
	off.Enabled = false
	theirs, third := t.other(), t.other().other()
	second := on
	second.Day = 2
	put := func(of tenant, schedule *run.Schedule) {
		of.write(func(ctx context.Context, w Writer) error { return w.PutSchedule(ctx, schedule) })
	}
	put(t, &on)
	put(theirs, &second)
	put(third, &off)
	got, err := t.Runs.Schedules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "schedules", map[auth.Tenant]run.Schedule{t.by.Tenant: on, theirs.by.Tenant: second}, got)
}

func signals(t tenant) {
	theirs, leaveTheirs := t.Runs.Follow(t.other().by.Tenant)
	defer leaveTheirs()
	anyRun, leaveRuns := t.Runs.Follow("")
	defer leaveRuns()
	lines, leaveLines := t.Revenue.Follow()
	defer leaveLines()
	woken := func(after string, want [3]bool) {
		t.Helper()
		got := [3]bool{len(anyRun) > 0, len(theirs) > 0, len(lines) > 0}
		equal(t, "who is woken after "+after, want, got)
		for _, news := range []<-chan struct{}{anyRun, theirs, lines} {
			select {
			case <-news:
			default:
			}
		}
	}
	of := aRun()
	t.create(&of)
	woken("a run", [3]bool{true, false, false})
	of.State = run.Running // not in the feed
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateRun(ctx, &of) })
	woken("the beginning of a run", [3]bool{true, false, false})
	another := aRun()
	t.other().create(&another)
	woken("a run of another tenant", [3]bool{true, true, false})
	t.lines(1)
	woken("a line", [3]bool{false, false, true})
}
