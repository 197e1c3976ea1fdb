package run_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// Each step of each batch fails once before it and once after it, and the response to each commit
// is lost once. The result equals that of an undisturbed run.
func TestRunRecoversFromFailureAtAnyStep(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			want := billingtest.Undisturbed(t, engine, 30, 4, "2026-03-10")
			w := billingtest.Fresh(t, engine)
			w.LoadCustomers(30, 4)
			w.LoadCharges(30)
			failed, failures := map[string]bool{}, 0
			place := 0 // counts the batches that were committed
			once := func(key string) error {
				if key = fmt.Sprint(place, key); failed[key] {
					return nil
				}
				failed[key] = true
				failures++
				return fault.New(fault.Unavailable, "INJECTED", "injected at %s", key)
			}
			runs := w.With(&billingtest.WatchedStore{
				Store: w.Store,
				Watch: billingtest.Watch{
					Before: func(step string) error { return once("before " + step) },
					After: func(step string, err error) error {
						if err != nil {
							return err
						}
						err = once("after " + step)
						if step == "DoBatch" {
							place++
						}
						return err
					},
				},
			})
			id := billingtest.Start(t, runs, "2026-03-10")
			w.Finish(runs)
			current := w.Get(id)
			if current.State != run.Succeeded || current.Batches < 3 || failures < 10*current.Batches {
				t.Errorf("after %d failures: %+v", failures, current)
			}
			billingtest.SameBooks(t, want, w.CheckBooks())
		})
	}
}

func TestConcurrentRunsOnTwoReplicasBillOnce(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			want := billingtest.Undisturbed(t, engine, 40, 4, "2026-03-10")
			url := databasetest.Migrated(t, engine, store.Migrations())
			first := billingtest.New(t, databasetest.Open(t, url, store.Migrations()))
			first.LoadCustomers(40, 4)
			first.LoadCharges(40)
			second := billingtest.New(t, databasetest.Open(t, url, store.Migrations()))
			ids := []run.ID{billingtest.Start(t, first.Runs, "2026-03-10"), billingtest.Start(t, second.Runs, "2026-03-10")}
			ctx, stop := context.WithCancel(context.Background())
			var group sync.WaitGroup
			for _, w := range []*billingtest.Fixture{first, second} {
				group.Go(func() { run.NewWorker(w.Runs, w.Store.Follow, 3, billingtest.Quiet).Run(ctx) })
			}
			for _, id := range ids {
				first.Await(id)
			}
			stop()
			group.Wait()
			made := first.CheckBooks()
			billingtest.SameCharges(t, want, made)
			if counted := first.Get(ids[0]).Invoices + first.Get(ids[1]).Invoices; counted != int64(len(made)) {
				t.Errorf("the runs count %d invoices of %d", counted, len(made))
			}
		})
	}
}

// Lines change in the middle of every batch, after they were read and before they are moved on.
// Each batch notices, and bills the changed line. This can happen only on PostgreSQL: a SQLite
// store has one writer.
func TestRunBillsLineChangedConcurrently(t *testing.T) {
	w := billingtest.Fresh(t, database.PostgreSQL)
	w.LoadCustomers(12, 4)
	changed := map[int32]bool{}
	var lines []int32
	runs := w.With(&billingtest.WatchedStore{Store: &peeking{w.Store, &lines}, Watch: billingtest.Watch{Before: func(step string) error {
		if step != "BillLines" || len(lines) == 0 || changed[lines[0]] {
			return nil
		}
		changed[lines[0]] = true
		memo := "changed meanwhile"
		_, err := w.Lines.Change(billingtest.As, line.ID(lines[0]), line.Change{Memo: &memo})
		return err
	}}})
	billingtest.Start(t, runs, "2026-03-10")
	w.Finish(runs)
	if len(changed) == 0 {
		t.Fatal("nothing was changed")
	}
	for _, charge := range billingtest.Charges(w.CheckBooks()) {
		if changed[charge.Line] && charge.Memo != "changed meanwhile" {
			t.Errorf("line %d is billed with its memo of before", charge.Line)
		}
	}
	if left := w.Unbilled(billingtest.Day("2026-03-10")); left != 0 {
		t.Errorf("%d lines are left", left)
	}
}

// Lines change at random during runs: rates, ends, memos. Afterwards every line is billed without
// gaps or overlaps, and a last run leaves nothing due.
func TestLinesChangedDuringRunsHaveNoGaps(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			w := billingtest.Fresh(t, engine)
			w.LoadCustomers(30, 4)
			w.LoadCharges(30)
			ctx, stop := context.WithCancel(context.Background())
			var group sync.WaitGroup
			var changes atomic.Int64
			group.Go(func() { run.NewWorker(w.Runs, w.Store.Follow, 2, billingtest.Quiet).Run(ctx) })
			for n := range 2 {
				group.Go(func() {
					for i := n; ctx.Err() == nil; i += 7 {
						id, memo := line.ID(i%120+1), fmt.Sprint("note ", i)
						var err error
						switch i % 3 {
						case 0:
							_, err = w.Lines.Change(billingtest.As, id, line.Change{Memo: &memo})
						case 1:
							_, err = w.Lines.ChangeRate(billingtest.As, id, line.RateChange{Rate: line.Rate{Effective: billingtest.Day("2026-02-17"), MonthlyAmount: billingtest.USD("77.77"), Reason: "RISE"}})
						case 2:
							_, err = w.Lines.Cancel(billingtest.As, id, line.Cancel{Effective: billingtest.Day("2026-08-20"), Reason: "GONE"})
						}
						if err == nil {
							changes.Add(1)
						} else if !errors.Is(err, fault.FailedPrecondition) && !errors.Is(err, fault.Unavailable) && !errors.Is(err, fault.Conflict) && !errors.Is(err, fault.Invalid) {
							t.Error(err)
							return
						}
						time.Sleep(time.Millisecond)
					}
				})
			}
			for _, asOf := range []string{"2026-01-05", "2026-02-01", "2026-03-01", "2026-03-10"} {
				w.Await(billingtest.Start(t, w.Runs, asOf))
			}
			stop()
			group.Wait()
			w.Bill("2026-03-10")
			w.CheckBooks()
			if left := w.Unbilled(billingtest.Day("2026-03-10")); left != 0 || changes.Load() == 0 {
				t.Errorf("%d lines are left after %d changes", left, changes.Load())
			}
		})
	}
}

func TestCancelledRunLeavesRestToNextRun(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			want := billingtest.Undisturbed(t, engine, 30, 4, "2026-03-10")
			w := billingtest.Fresh(t, engine)
			w.LoadCustomers(30, 4)
			w.LoadCharges(30)
			id := billingtest.Start(t, w.Runs, "2026-03-10")
			for range 3 { // the plan and two batches
				if worked, err := w.Runs.Work(context.Background()); err != nil || !worked {
					t.Fatal(worked, err)
				}
			}
			cancelled, err := w.Runs.Cancel(billingtest.As, id)
			if err != nil || cancelled.State != run.Cancelled || cancelled.Done != 2 || cancelled.Invoices == 0 {
				t.Fatalf("%+v, error %v", cancelled, err)
			}
			w.Finish(w.Runs)
			if after := w.Get(id); after.Invoices != cancelled.Invoices || after.Ended.IsZero() {
				t.Errorf("after it was cancelled: %+v", after)
			}
			if again, err := w.Runs.Cancel(billingtest.As, id); err != nil || again.Version != cancelled.Version {
				t.Errorf("cancelled again: %+v, error %v", again, err)
			}
			w.Bill("2026-03-10")
			billingtest.SameCharges(t, want, w.CheckBooks())
		})
	}
}

// The database is killed in the middle of a batch and restarted.
func TestRunResumesAfterDatabaseOutage(t *testing.T) {
	want := billingtest.Undisturbed(t, database.PostgreSQL, 30, 4, "2026-03-10")
	cluster, err := databasetest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Remove(); err != nil {
			t.Error(err)
		}
	})
	w := billingtest.New(t, databasetest.Open(t, cluster.Database(t), store.Migrations()))
	w.LoadCustomers(30, 4)
	w.LoadCharges(30)
	var batches atomic.Int64
	down := make(chan struct{})
	runs := w.With(&billingtest.WatchedStore{Store: w.Store, Watch: billingtest.Watch{Before: func(step string) error {
		if step == "CreateInvoices" && batches.Add(1) == 2 {
			if err := cluster.Kill(); err != nil {
				t.Error(err)
			}
			close(down)
		}
		return nil
	}}})
	id := billingtest.Start(t, runs, "2026-03-10")
	ctx, stop := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { run.NewWorker(runs, w.Store.Follow, 2, billingtest.Quiet).Run(ctx) })
	<-down
	time.Sleep(200 * time.Millisecond)
	if err := cluster.Start(); err != nil {
		t.Fatal(err)
	}
	w.Await(id)
	stop()
	group.Wait()
	billingtest.SameBooks(t, want, w.CheckBooks())
}

// peeking records the lines that the present batch read.
type peeking struct {
	run.Store
	Lines *[]int32
}

func (p *peeking) DoBatch(ctx context.Context, at time.Time, hold bool, prepare billingtest.Prepare, write billingtest.Write) (bool, error) {
	return p.Store.DoBatch(ctx, at, hold, func(ctx context.Context, r run.BatchReader, current run.Run, batch run.Batch) error {
		due, err := r.DueLines(ctx, batch.Range, current.AsOf, current.Filter)
		if err != nil {
			return err
		}
		*p.Lines = nil
		for _, line := range due {
			*p.Lines = append(*p.Lines, line.ID)
		}
		return prepare(ctx, r, current, batch)
	}, write)
}
