package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var runChecks = []check{
	{"a run is kept whole under its number", keepsRuns},
	{"a scheduled day has one run", oneRunADay},
	{"an update replaces what changes of a run", updatesRuns},
	{"runs are listed, the latest first", listsRuns},
	{"a run keeps its jobs", keepsJobs},
	{"a schedule is put and read back", putsSchedules},
}

// aRun returns a pending run that was requested.
func aRun() run.Run {
	return run.Run{AsOf: may.Start, State: run.Pending, Actor: "Ann 🔔"}
}

// running creates a run that is split into ranges.
func (t tenant) running(of run.Run, ranges ...run.Range) run.Run {
	t.Helper()
	of.AsOf, of.State, of.Actor = may.Start, run.Pending, "Ann"
	t.write(func(ctx context.Context, w Writer) error {
		if err := errors.Join(w.CreateRun(ctx, &of), w.CreateBatches(ctx, of.ID, ranges)); err != nil {
			return err
		}
		of.State, of.Batches = run.Running, len(ranges)
		return w.UpdateRun(ctx, &of)
	})
	return of
}

// now reads a run.
func (t tenant) now(of run.Run) (now run.Run) {
	t.Helper()
	t.read(func(ctx context.Context, r Reader) (err error) { now, err = r.Run(ctx, of.ID); return err })
	return now
}

func keepsRuns(t tenant) {
	whole, plain := aRun(), aRun()
	whole.Preview, whole.LeaveDrafts, whole.Scheduled = true, true, may.Start
	whole.Filter = run.Filter{
		Cycles: []line.BillCycle{line.Monthly}, Items: []catalogue.ItemCode{"A"}, Masters: []catalogue.MasterAccountCode{"M"}, BillTos: []catalogue.BillToID{1},
	}
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateRun(ctx, &whole), w.CreateRun(ctx, &plain))
	})
	if whole.ID != 1 || plain.ID != 2 || whole.Revision != first {
		t.Errorf("created runs %d and %d at %+v", whole.ID, plain.ID, whole.Revision)
	}
	t.read(func(ctx context.Context, r Reader) error {
		missing[run.Run](t, "an unknown run")(r.Run(ctx, 3))
		return errors.Join(same(t, whole)(r.Run(ctx, 1)), same(t, plain)(r.Run(ctx, 2)))
	})
	t.other().read(func(ctx context.Context, r Reader) error {
		missing[run.Run](t, "another tenant's run")(r.Run(ctx, 1))
		return nil
	})
	equal(t, "feed", []string{"CREATED cycleRuns/1", "CREATED cycleRuns/2"}, t.published(0))
}

func oneRunADay(t tenant) {
	scheduled := aRun()
	scheduled.Scheduled = may.Start
	create := func(ctx context.Context, w Writer) error { scheduled.ID = 0; return w.CreateRun(ctx, &scheduled) }
	t.write(create)
	kept := scheduled
	t.refuse("a second run of a day", errTaken, create)
	t.other().write(create)
	t.read(func(ctx context.Context, r Reader) error {
		missing[run.Run](t, "a day without a run")(r.ScheduledRun(ctx, may.End))
		return same(t, kept)(r.ScheduledRun(ctx, may.Start))
	})
}

func updatesRuns(t tenant) {
	of := aRun()
	t.write(func(ctx context.Context, w Writer) error { return w.CreateRun(ctx, &of) })
	former, before := of, len(t.feed())
	update := func(ctx context.Context, w Writer) error { return w.UpdateRun(ctx, &of) }
	of.State, of.Batches = run.Running, 2
	t.write(update)
	equal(t, "a run that begins is not in the feed", nil, t.published(before))
	t.stale("an update of another version", func(ctx context.Context, w Writer) error { return w.UpdateRun(ctx, &former) })
	of.State, of.Done, of.Retries, of.Ended = run.Failed, 2, 1, kept.Add(time.Hour)
	of.Count = run.Count{Invoices: 3, Periods: 4, Totals: money.Totals{"USD": money.SumOf(-5), "EUR": money.SumOf(1e18).Plus(money.SumOf(1e18))}}
	t.write(update)
	equal(t, "feed", []string{"UPDATED cycleRuns/1"}, t.published(before))
	if of.Version != 3 {
		t.Errorf("version %d, want 3", of.Version)
	}
	t.read(func(ctx context.Context, r Reader) error { return same(t, of)(r.Run(ctx, of.ID)) })
}

func keepsJobs(t tenant) {
	of := t.running(run.Run{}, run.Everyone)
	t.write(func(ctx context.Context, w Writer) error {
		return w.FinishBatch(ctx, batch(of, 1), run.Count{Invoices: 1})
	})
	of = t.now(of)
	of.State, of.Ended = run.Succeeded, kept
	update := func(ctx context.Context, w Writer) error { return w.UpdateRun(ctx, &of) }
	t.write(update)
	job := run.Job{Number: 1, Kind: run.VoidJob, State: run.Running, Actor: "Bob", Reason: "\"typo\"", ReleasePeriods: true, Batches: 0, Created: kept}
	of.Jobs = append(of.Jobs, job)
	t.write(update)
	equal(t, "a job that goes on", []run.Job{job}, t.now(of).Jobs)
	job.State, job.Done, job.Ended = run.Failed, 1, kept.Add(time.Hour)
	other := run.Job{Number: 2, Kind: run.DiscardJob, State: run.Cancelled, Actor: "Ann", Created: kept, Ended: kept}
	of.Jobs[0] = job
	t.write(update)
	of.Jobs = append(of.Jobs, other)
	t.write(update)
	equal(t, "jobs that have ended", []run.Job{job, other}, t.now(of).Jobs)
}

func putsSchedules(t tenant) {
	schedule := run.Schedule{Enabled: true, Day: 31, Zone: "Europe/Vienna", Cycles: []line.BillCycle{line.Monthly, line.Annual}, LeaveDrafts: true, Since: may.Start}
	put := func(ctx context.Context, w Writer) error { return w.PutSchedule(ctx, &schedule) }
	read := func(ctx context.Context, r Reader) error { return same(t, schedule)(r.Schedule(ctx)) }
	t.read(func(ctx context.Context, r Reader) error {
		missing[run.Schedule](t, "a schedule that was never set")(r.Schedule(ctx))
		return nil
	})
	t.write(put)
	if schedule.Revision != first {
		t.Errorf("the first schedule is at %+v", schedule.Revision)
	}
	t.read(read)
	schedule.Enabled, schedule.Cycles, schedule.LeaveDrafts, schedule.Since = false, nil, false, may.End
	t.write(put)
	t.read(read)
	if schedule.Version != 2 {
		t.Errorf("version %d, want 2", schedule.Version)
	}
	equal(t, "feed", []string{"CREATED billingSchedule", "UPDATED billingSchedule"}, t.published(0))
	t.other().read(func(ctx context.Context, r Reader) error {
		missing[run.Schedule](t, "another tenant's")(r.Schedule(ctx))
		return nil
	})
}
