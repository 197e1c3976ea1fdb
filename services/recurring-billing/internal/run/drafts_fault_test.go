package run_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// everyStepOnce returns a watch that fails each step once before it and once after it, and each
// commit once after it. It distinguishes the steps of different batches.
func everyStepOnce(failures *int) billingtest.Watch {
	failed, place := map[string]bool{}, 0
	once := func(key string) error {
		if key = fmt.Sprint(place, key); failed[key] {
			return nil
		}
		failed[key] = true
		*failures++
		return fault.New(fault.Unavailable, "INJECTED", "injected at %s", key)
	}
	return billingtest.Watch{
		Before: func(step string) error { return once("before " + step) },
		After: func(step string, err error) error {
			if err != nil {
				return err
			}
			err = once("after " + step)
			if step == "DoBatch" || step == "EndRun" {
				place++
			}
			return err
		},
	}
}

// Each step of finalizing and of discarding fails once. The result equals that of an undisturbed
// job.
func TestSettlingRecoversFromFailureAtAnyStep(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			want := billingtest.Undisturbed(t, engine, 30, 4, "2026-03-10")
			w := billingtest.Fresh(t, engine)
			w.LoadCustomers(30, 4)
			w.LoadCharges(30)
			before := w.Holdings()
			failures := 0
			runs := w.With(&billingtest.WatchedStore{Store: w.Store, Watch: everyStepOnce(&failures)})
			settled := func(id run.ID, how func(context.Context, run.ID) (run.Run, error)) {
				failures = 0
				if _, err := how(billingtest.As, id); err != nil {
					t.Fatal(err)
				}
				w.Finish(runs)
				current := w.CheckDrafts(id)
				if billingtest.LastJob(current).State != run.Succeeded || current.Drafts.Left != 0 || current.Batches < 3 || failures < 7*current.Batches {
					t.Errorf("after %d failures: %+v", failures, current)
				}
			}
			discarded := w.LeaveDrafts("2026-03-10")
			settled(discarded.ID, runs.Discard)
			if diff := gocmp.Diff(before, w.Holdings()); diff != "" {
				t.Errorf("the store (-before +after):\n%s", diff)
			}
			settled(w.LeaveDrafts("2026-03-10").ID, runs.Finalize)
			billingtest.SameCharges(t, want, w.CheckInvoices())
		})
	}
}

// The process that settles crashes in the middle of a batch, and another one resumes.
func TestSettlingResumesAfterCrash(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			want := billingtest.Undisturbed(t, engine, 30, 4, "2026-03-10")
			url := databasetest.Migrated(t, engine, store.Migrations())
			w := billingtest.New(t, databasetest.Open(t, url, store.Migrations()))
			w.LoadCustomers(30, 4)
			w.LoadCharges(30)
			before := w.Holdings()
			killedAt := func(last string, how func(*run.Service) func(context.Context, run.ID) (run.Run, error)) run.Run {
				current := w.LeaveDrafts("2026-03-10")
				dying := billingtest.New(t, databasetest.Open(t, url, store.Migrations()))
				ctx, kill := context.WithCancel(context.Background())
				defer kill()
				batches := 0
				runs := dying.With(&billingtest.WatchedStore{Store: dying.Store, Watch: billingtest.Watch{After: func(step string, err error) error {
					if step == last {
						if batches++; batches == 2 {
							kill()
						}
					}
					return err
				}}})
				if _, err := how(runs)(billingtest.As, current.ID); err != nil {
					t.Fatal(err)
				}
				run.NewWorker(runs, dying.Store.Follow, 1, billingtest.Quiet).Run(ctx)
				halfway := w.CheckDrafts(current.ID)
				if !halfway.InProgress() || halfway.Drafts.Left == 0 || halfway.Drafts.Left == current.Invoices {
					t.Errorf("when the process died: %+v", halfway)
				}
				w.Finish(w.Runs)
				return w.CheckDrafts(current.ID)
			}
			killedAt("DeleteDrafts", func(b *run.Service) func(context.Context, run.ID) (run.Run, error) {
				return b.Discard
			})
			if diff := gocmp.Diff(before, w.Holdings()); diff != "" {
				t.Errorf("the store (-before +after):\n%s", diff)
			}
			killedAt("FinalizeDrafts", func(b *run.Service) func(context.Context, run.ID) (run.Run, error) {
				return b.Finalize
			})
			billingtest.SameCharges(t, want, w.CheckInvoices())
		})
	}
}

// Two replicas finalize two runs with drafts, while single drafts are finalized and deleted and a
// third run bills. Numbers have no gaps, and everything is billed once.
func TestConcurrentFinalizeNumbersHaveNoGaps(t *testing.T) {
	for _, engine := range billingtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			want := billingtest.Undisturbed(t, engine, 40, 4, "2026-03-10")
			url := databasetest.Migrated(t, engine, store.Migrations())
			first := billingtest.New(t, databasetest.Open(t, url, store.Migrations()))
			first.LoadCustomers(40, 4)
			first.LoadCharges(40)
			second := billingtest.New(t, databasetest.Open(t, url, store.Migrations()))
			runs := []run.Run{first.LeaveDrafts("2026-01-31"), first.LeaveDrafts("2026-02-28")}
			drafts := first.Drafts()
			ctx, stop := context.WithCancel(context.Background())
			var workers, callers sync.WaitGroup
			for _, w := range []*billingtest.Fixture{first, second} {
				workers.Go(func() { run.NewWorker(w.Runs, w.Store.Follow, 2, billingtest.Quiet).Run(ctx) })
			}
			callers.Go(func() { billingtest.Start(t, second.Runs, "2026-03-10") })
			for n := range 2 {
				callers.Go(func() {
					if _, err := first.Runs.Finalize(billingtest.As, runs[n].ID); err != nil {
						t.Error(err)
					}
				})
				callers.Go(func() {
					for i := n; i < len(drafts); i += 5 {
						if n == 0 {
							if _, err := first.Invoicing.Finalize(billingtest.As, drafts[i].ID, ""); err != nil {
								t.Error(err)
							}
						} else if err := second.Invoicing.Delete(billingtest.As, drafts[i].ID, ""); err != nil && !errors.Is(err, fault.FailedPrecondition) {
							t.Error(err)
						}
					}
				})
			}
			callers.Wait()
			for id := range run.ID(3) {
				first.Await(id + 1)
			}
			stop()
			workers.Wait()
			for _, current := range runs {
				if current := first.CheckDrafts(current.ID); current.Drafts.Left != 0 {
					t.Errorf("%+v", current)
				}
			}
			first.Bill("2026-03-10") // what was deleted
			billingtest.SameCharges(t, want, first.CheckInvoices())
		})
	}
}

// A line is billed further while its draft is being discarded, after it was read. The batch notices
// and keeps the draft. This can happen only on PostgreSQL: a SQLite store has one writer.
func TestDiscardKeepsDraftBilledFurtherConcurrently(t *testing.T) {
	w := billingtest.Fresh(t, database.PostgreSQL)
	w.LoadCustomers(6, 4)
	current := w.LeaveDrafts("2026-01-31")
	billed := false
	runs := w.With(&billingtest.WatchedStore{Store: w.Store, Watch: billingtest.Watch{Before: func(step string) error {
		if step == "ReturnLines" && !billed {
			billed = true
			later, err := w.Runs.Create(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{BillTos: []catalogue.BillToID{2}}, false)
			if err != nil {
				return err
			}
			for deadline := time.Now().Add(time.Minute); !w.Get(later.ID).State.Ended() && time.Now().Before(deadline); {
				if _, err := w.Runs.Work(context.Background()); err != nil {
					return err
				}
			}
		}
		return nil
	}}})
	if _, err := runs.Discard(billingtest.As, current.ID); err != nil {
		t.Fatal(err)
	}
	w.Finish(runs)
	if current := w.CheckDrafts(current.ID); billingtest.LastJob(current).State != run.Failed || current.Drafts.Left != 1 || billingtest.LastJob(current).Problems[0].BillTo != 2 {
		t.Errorf("%+v", current)
	}
	if left := w.Drafts(); len(left) != 1 || left[0].BillTo != 2 || left[0].Version != 1 {
		t.Errorf("drafts %+v", left)
	}
}
