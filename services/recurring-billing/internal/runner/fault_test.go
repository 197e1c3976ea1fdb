package runner_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/runner"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

func fresh(t testing.TB, engine database.Engine) *world {
	t.Helper()
	return newWorld(t, databasetest.Open(t, databasetest.URL(t, engine), store.Migrations()))
}

func start(t testing.TB, biller *domain.Biller, asOf string) domain.RunID {
	t.Helper()
	run, err := biller.CreateRun(as, day(asOf), domain.Filter{}, false)
	if err != nil {
		t.Fatal(err)
	}
	return run.ID
}

// Each step of each batch fails once, before it and after it, and so does the answer of each commit: the run that was
// disturbed everywhere ends like the one that was not.
func TestAFailureAtAnyStepIsMadeGood(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			want := undisturbed(t, engine, 30, 4, "2026-03-10")
			w := fresh(t, engine)
			w.customers(30, 4)
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
			biller := w.with(&watchedStore{
				BillingStore: w.billing,
				watch: watch{
					before: func(step string) error { return once("before " + step) },
					after: func(step string, err error) error {
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
			id := start(t, biller, "2026-03-10")
			w.finish(biller)
			run := w.look(id)
			if run.State != domain.RunSucceeded || run.Batches < 3 || failures < 10*run.Batches {
				t.Errorf("after %d failures: %+v", failures, run)
			}
			sameBooks(t, want, w.checkBooks())
		})
	}
}

func TestTwoRunsAtOnceOnTwoReplicasBillEverythingOnce(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			want := undisturbed(t, engine, 40, 4, "2026-03-10")
			url := databasetest.URL(t, engine)
			first := newWorld(t, databasetest.Open(t, url, store.Migrations()))
			first.customers(40, 4)
			second := newWorld(t, databasetest.Open(t, url, store.Migrations()))
			ids := []domain.RunID{start(t, first.biller, "2026-03-10"), start(t, second.biller, "2026-03-10")}
			ctx, stop := context.WithCancel(context.Background())
			var group sync.WaitGroup
			for _, w := range []*world{first, second} {
				group.Go(func() { runner.New(w.biller, w.billing.Changed, 3, quiet).Run(ctx) })
			}
			for _, id := range ids {
				first.await(id)
			}
			stop()
			group.Wait()
			made := first.checkBooks()
			sameCharges(t, want, made)
			if counted := first.look(ids[0]).Invoices + first.look(ids[1]).Invoices; counted != int64(len(made)) {
				t.Errorf("the runs count %d invoices of %d", counted, len(made))
			}
		})
	}
}

// await waits until a run that others work on has ended.
func (w *world) await(id domain.RunID) domain.Run {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		run := w.look(id)
		if run.State.Ended() {
			if run.State != domain.RunSucceeded {
				w.t.Errorf("%+v", run)
			}
			return run
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the run does not end: %+v", run)
		}
	}
}

// Lines change in the middle of every batch, after they were read and before they are moved on: each batch notices, and
// bills the line as it has become. Only PostgreSQL lets that happen: a SQLite store has one writer.
func TestALineThatChangesWhileItIsBilledIsBilledAsItHasBecome(t *testing.T) {
	w := fresh(t, database.PostgreSQL)
	w.customers(12, 4)
	changed := map[int32]bool{}
	var lines []int32
	biller := w.with(&watchedStore{BillingStore: &peeking{w.billing, &lines}, watch: watch{before: func(step string) error {
		if step != "BillLines" || len(lines) == 0 || changed[lines[0]] {
			return nil
		}
		changed[lines[0]] = true
		memo := "changed meanwhile"
		_, err := w.service.ChangeLine(as, domain.LineID(lines[0]), domain.LineChange{Memo: &memo})
		return err
	}}})
	start(t, biller, "2026-03-10")
	w.finish(biller)
	if len(changed) == 0 {
		t.Fatal("nothing was changed")
	}
	for _, charge := range charges(w.checkBooks()) {
		if changed[charge.Line] && charge.Memo != "changed meanwhile" {
			t.Errorf("line %d is billed with its memo of before", charge.Line)
		}
	}
	if left := w.unbilled(day("2026-03-10")); left != 0 {
		t.Errorf("%d lines are left", left)
	}
}

// While runs go on, lines change at random: rates, ends, memos. Afterwards every line is billed day after day, nothing
// twice, and a last run leaves nothing.
func TestLinesThatChangeDuringRunsAreBilledDayAfterDay(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			w := fresh(t, engine)
			w.customers(30, 4)
			ctx, stop := context.WithCancel(context.Background())
			var group sync.WaitGroup
			var changes atomic.Int64
			group.Go(func() { runner.New(w.biller, w.billing.Changed, 2, quiet).Run(ctx) })
			for n := range 2 {
				group.Go(func() {
					for i := n; ctx.Err() == nil; i += 7 {
						id, memo := domain.LineID(i%120+1), fmt.Sprint("note ", i)
						var err error
						switch i % 3 {
						case 0:
							_, err = w.service.ChangeLine(as, id, domain.LineChange{Memo: &memo})
						case 1:
							_, err = w.service.ChangeRate(as, id, domain.RateChange{Rate: domain.Rate{Effective: day("2026-02-17"), MonthlyAmount: usd("77.77"), Reason: "RISE"}}, false)
						case 2:
							_, err = w.service.CancelLine(as, id, domain.Cancel{Effective: day("2026-08-20"), Reason: "GONE"}, false)
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
				w.await(start(t, w.biller, asOf))
			}
			stop()
			group.Wait()
			w.run("2026-03-10")
			w.checkBooks()
			if left := w.unbilled(day("2026-03-10")); left != 0 || changes.Load() == 0 {
				t.Errorf("%d lines are left after %d changes", left, changes.Load())
			}
		})
	}
}

func TestARunThatIsCancelledLeavesTheRestToTheNextOne(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			want := undisturbed(t, engine, 30, 4, "2026-03-10")
			w := fresh(t, engine)
			w.customers(30, 4)
			id := start(t, w.biller, "2026-03-10")
			for range 3 { // the plan and two batches
				if worked, err := w.biller.Work(context.Background()); err != nil || !worked {
					t.Fatal(worked, err)
				}
			}
			cancelled, err := w.biller.CancelRun(as, id)
			if err != nil || cancelled.State != domain.RunCancelled || cancelled.Done != 2 || cancelled.Invoices == 0 {
				t.Fatalf("%+v, error %v", cancelled, err)
			}
			w.finish(w.biller)
			if after := w.look(id); after.Invoices != cancelled.Invoices || after.Ended.IsZero() {
				t.Errorf("after it was cancelled: %+v", after)
			}
			if again, err := w.biller.CancelRun(as, id); err != nil || again.Version != cancelled.Version {
				t.Errorf("cancelled again: %+v, error %v", again, err)
			}
			w.run("2026-03-10")
			sameCharges(t, want, w.checkBooks())
		})
	}
}

// The database is killed in the middle of a batch and comes back.
func TestARunGoesOnWhenTheDatabaseComesBack(t *testing.T) {
	want := undisturbed(t, database.PostgreSQL, 30, 4, "2026-03-10")
	cluster, err := databasetest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Remove(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, db: databasetest.Open(t, cluster.Database(t), store.Migrations()), clock: clock.NewFake(today.Time())}
	w.billing = store.NewBilling(w.db, api.Message)
	w.service = domain.NewService(store.New(w.db, api.Message), w.clock)
	w.biller = w.with(w.billing)
	w.customers(30, 4)
	var batches atomic.Int64
	down := make(chan struct{})
	biller := w.with(&watchedStore{BillingStore: w.billing, watch: watch{before: func(step string) error {
		if step == "CreateInvoices" && batches.Add(1) == 2 {
			if err := cluster.Kill(); err != nil {
				t.Error(err)
			}
			close(down)
		}
		return nil
	}}})
	id := start(t, biller, "2026-03-10")
	ctx, stop := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { runner.New(biller, w.billing.Changed, 2, quiet).Run(ctx) })
	<-down
	time.Sleep(200 * time.Millisecond)
	if err := cluster.Start(); err != nil {
		t.Fatal(err)
	}
	w.await(id)
	stop()
	group.Wait()
	sameBooks(t, want, w.checkBooks())
}

// peeking tells the lines that the batch under way read.
type peeking struct {
	domain.BillingStore
	lines *[]int32
}

func (p *peeking) DoBatch(ctx context.Context, at time.Time, hold bool, prepare prepare, write write) (bool, error) {
	return p.BillingStore.DoBatch(ctx, at, hold, func(ctx context.Context, r domain.BillingReader, run domain.Run, batch domain.Batch) error {
		due, err := r.DueLines(ctx, batch.Range, run.AsOf, run.Filter)
		if err != nil {
			return err
		}
		*p.lines = nil
		for _, line := range due {
			*p.lines = append(*p.lines, line.ID)
		}
		return prepare(ctx, r, run, batch)
	}, write)
}
