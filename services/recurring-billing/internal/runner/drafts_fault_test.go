package runner_test

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
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/runner"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// everyStepOnce fails each step once, before it and after it, and each commit after it; place tells the steps of one batch
// from those of another.
func everyStepOnce(failures *int) watch {
	failed, place := map[string]bool{}, 0
	once := func(key string) error {
		if key = fmt.Sprint(place, key); failed[key] {
			return nil
		}
		failed[key] = true
		*failures++
		return fault.New(fault.Unavailable, "INJECTED", "injected at %s", key)
	}
	return watch{
		before: func(step string) error { return once("before " + step) },
		after: func(step string, err error) error {
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

// Each step of finalizing, and of discarding, fails once: what was disturbed everywhere ends like what was not.
func TestAFailureAtAnyStepOfSettlingIsMadeGood(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			want := undisturbed(t, engine, 30, 4, "2026-03-10")
			w := fresh(t, engine)
			w.customers(30, 4)
			before := w.holdings()
			failures := 0
			biller := w.with(&watchedStore{RunStore: w.billing, watch: everyStepOnce(&failures)})
			settled := func(id domain.RunID, how func(context.Context, domain.RunID) (domain.Run, error)) {
				failures = 0
				if _, err := how(as, id); err != nil {
					t.Fatal(err)
				}
				w.finish(biller)
				run := w.checkDrafts(id)
				if run.State != domain.RunSucceeded || run.Drafts.Left != 0 || run.Batches < 3 || failures < 7*run.Batches {
					t.Errorf("after %d failures: %+v", failures, run)
				}
			}
			discarded := w.draft("2026-03-10")
			settled(discarded.ID, biller.DiscardRun)
			if diff := gocmp.Diff(before, w.holdings()); diff != "" {
				t.Errorf("the store (-before +after):\n%s", diff)
			}
			settled(w.draft("2026-03-10").ID, biller.FinalizeRun)
			sameCharges(t, want, w.checkInvoices())
		})
	}
}

// The process that settles dies in the middle of a batch, and another one goes on.
func TestSettlingGoesOnWhereAnotherProcessDied(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			want := undisturbed(t, engine, 30, 4, "2026-03-10")
			url := databasetest.URL(t, engine)
			w := newWorld(t, databasetest.Open(t, url, store.Migrations()))
			w.customers(30, 4)
			before := w.holdings()
			killedAt := func(last string, how func(*domain.RunService) func(context.Context, domain.RunID) (domain.Run, error)) domain.Run {
				run := w.draft("2026-03-10")
				dying := newWorld(t, databasetest.Open(t, url, store.Migrations()))
				ctx, kill := context.WithCancel(context.Background())
				defer kill()
				batches := 0
				biller := dying.with(&watchedStore{RunStore: dying.billing, watch: watch{after: func(step string, err error) error {
					if step == last {
						if batches++; batches == 2 {
							kill()
						}
					}
					return err
				}}})
				if _, err := how(biller)(as, run.ID); err != nil {
					t.Fatal(err)
				}
				runner.New(biller, dying.billing.Changed, 1, quiet).Run(ctx)
				halfway := w.checkDrafts(run.ID)
				if halfway.State.Ended() || halfway.Drafts.Left == 0 || halfway.Drafts.Left == run.Invoices {
					t.Errorf("when the process died: %+v", halfway)
				}
				w.finish(w.runs)
				return w.checkDrafts(run.ID)
			}
			killedAt("DeleteDrafts", func(b *domain.RunService) func(context.Context, domain.RunID) (domain.Run, error) {
				return b.DiscardRun
			})
			if diff := gocmp.Diff(before, w.holdings()); diff != "" {
				t.Errorf("the store (-before +after):\n%s", diff)
			}
			killedAt("FinalizeDrafts", func(b *domain.RunService) func(context.Context, domain.RunID) (domain.Run, error) {
				return b.FinalizeRun
			})
			sameCharges(t, want, w.checkInvoices())
		})
	}
}

// Two runs with drafts, finalized at once by two replicas, while single drafts are finalized and deleted and a third run
// bills: numbers have no gaps, and everything is billed once.
func TestNumbersHaveNoGapsWhenRunsAreFinalizedAtOnce(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			want := undisturbed(t, engine, 40, 4, "2026-03-10")
			url := databasetest.URL(t, engine)
			first := newWorld(t, databasetest.Open(t, url, store.Migrations()))
			first.customers(40, 4)
			second := newWorld(t, databasetest.Open(t, url, store.Migrations()))
			runs := []domain.Run{first.draft("2026-01-31"), first.draft("2026-02-28")}
			drafts := first.drafts()
			ctx, stop := context.WithCancel(context.Background())
			var workers, callers sync.WaitGroup
			for _, w := range []*world{first, second} {
				workers.Go(func() { runner.New(w.runs, w.billing.Changed, 2, quiet).Run(ctx) })
			}
			callers.Go(func() { start(t, second.runs, "2026-03-10") })
			for n := range 2 {
				callers.Go(func() {
					if _, err := first.runs.FinalizeRun(as, runs[n].ID); err != nil {
						t.Error(err)
					}
				})
				callers.Go(func() {
					for i := n; i < len(drafts); i += 5 {
						if n == 0 {
							if _, err := first.invoicing.FinalizeInvoice(as, drafts[i].ID, ""); err != nil {
								t.Error(err)
							}
						} else if err := second.invoicing.DeleteInvoice(as, drafts[i].ID, ""); err != nil && !errors.Is(err, fault.FailedPrecondition) {
							t.Error(err)
						}
					}
				})
			}
			callers.Wait()
			for id := range domain.RunID(3) {
				first.await(id + 1)
			}
			stop()
			workers.Wait()
			for _, run := range runs {
				if run := first.checkDrafts(run.ID); run.Drafts.Left != 0 {
					t.Errorf("%+v", run)
				}
			}
			first.run("2026-03-10") // what was deleted
			sameCharges(t, want, first.checkInvoices())
		})
	}
}

// A line is billed further in the middle of discarding its draft, after it was read: the batch notices, and keeps the draft.
// Only PostgreSQL lets that happen: a SQLite store has one writer.
func TestALineThatIsBilledFurtherWhileItsDraftIsDiscardedKeepsTheDraft(t *testing.T) {
	w := fresh(t, database.PostgreSQL)
	w.customers(6, 4)
	run := w.draft("2026-01-31")
	billed := false
	biller := w.with(&watchedStore{RunStore: w.billing, watch: watch{before: func(step string) error {
		if step == "ReturnLines" && !billed {
			billed = true
			later, err := w.runs.CreateRun(as, day("2026-03-10"), domain.Filter{BillTos: []domain.BillToID{2}}, false)
			if err != nil {
				return err
			}
			for deadline := time.Now().Add(time.Minute); !w.look(later.ID).State.Ended() && time.Now().Before(deadline); {
				if _, err := w.runs.Work(context.Background()); err != nil {
					return err
				}
			}
		}
		return nil
	}}})
	if _, err := biller.DiscardRun(as, run.ID); err != nil {
		t.Fatal(err)
	}
	w.finish(biller)
	if run := w.checkDrafts(run.ID); run.State != domain.RunFailed || run.Drafts.Left != 1 || run.Problems[0].BillTo != 2 {
		t.Errorf("%+v", run)
	}
	if left := w.drafts(); len(left) != 1 || left[0].BillTo != 2 || left[0].Version != 1 {
		t.Errorf("drafts %+v", left)
	}
}
