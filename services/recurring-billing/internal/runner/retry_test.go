package runner_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// schedule has a run happen today.
func (w *world) schedule(schedule domain.Schedule) {
	w.t.Helper()
	schedule.Enabled, schedule.Day = true, today.Day()
	if _, err := w.runs.SetSchedule(as, schedule, ""); err != nil {
		w.t.Fatal(err)
	}
}

// tick lets time pass and has four replicas look at the schedules at once. It answers the only run.
func (w *world) tick(pass time.Duration) domain.Run {
	w.t.Helper()
	w.clock.Advance(pass)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := w.runs.StartScheduled(context.Background()); err != nil {
				w.t.Error(err)
			}
		})
	}
	group.Wait()
	runs, err := w.runs.Runs(as, 0, 100)
	if err != nil || len(runs) != 1 {
		w.t.Fatalf("%d runs, error %v", len(runs), err)
	}
	return runs[0]
}

// The batches of a scheduled run fail for some days: it goes on by itself, after longer and longer rests, and bills what is
// left once that passes.
func TestAScheduledRunThatFailedGoesOnByItself(t *testing.T) {
	for _, leaveDrafts := range []bool{false, true} {
		each(t, func(t *testing.T, w *world) {
			w.customers(30, 4)
			w.schedule(domain.Schedule{LeaveDrafts: leaveDrafts})
			broken := true
			biller := w.with(&watchedStore{RunStore: w.billing, watch: watch{before: func(step string) error {
				if step == "CreateInvoices" && broken {
					return errors.New("the disk is full")
				}
				return nil
			}}})
			w.tick(0)
			w.finish(biller)
			billed := int64(0)
			for n, rest := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
				run := w.tick(0)
				if run.State != domain.RunFailed || run.ProblemCount != int64(run.Batches-run.Done) || run.Retries != n || run.Invoices != billed {
					t.Fatalf("after %d retries: %+v", n, run)
				}
				if early := w.tick(run.Ended.Add(rest - time.Second).Sub(w.clock.Now())); early.Version != run.Version {
					t.Errorf("the run goes on before %s have passed: %+v", rest, early)
				}
				if again := w.tick(time.Second); again.State != domain.RunRunning || again.ProblemCount != 0 || again.Retries != n+1 || !again.Ended.IsZero() {
					t.Fatalf("after %s: %+v", rest, again)
				}
				if n == 2 { // one batch passes
					broken = false
					if worked, err := biller.Work(context.Background()); err != nil || !worked {
						t.Fatal(worked, err)
					}
					broken, billed = true, w.tick(0).Invoices
				}
				if n == 6 {
					broken = false
				}
				w.finish(biller)
			}
			run := w.tick(0)
			if run.State != domain.RunSucceeded || run.Done != run.Batches || run.Invoices != 31 || billed == 0 || billed == run.Invoices {
				t.Errorf("%+v, of which one batch made %d", run, billed)
			}
			if again := w.tick(25 * time.Hour); again.Version != run.Version {
				t.Errorf("a run that succeeded goes on: %+v", again)
			}
			if leaveDrafts {
				if _, err := w.runs.FinalizeRun(as, run.ID); err != nil {
					t.Fatal(err)
				}
				w.finish(w.runs)
				if made := w.invoices(); len(made) != 31 {
					t.Errorf("%d invoices", len(made))
				}
			} else {
				w.checkBooks()
			}
			if left := w.unbilled(run.AsOf); left != 0 {
				t.Errorf("%d lines are left", left)
			}
		})
	}
}

func TestAProblemThatNeedsAPersonIsNotTriedAgainByItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(5, 4)
		w.exec(`DELETE FROM line_rates WHERE line_id = 6`)
		w.schedule(domain.Schedule{})
		w.tick(0)
		w.finish(w.runs)
		run := w.tick(0)
		if run.State != domain.RunFailed || run.ProblemCount != 1 {
			t.Fatalf("%+v", run)
		}
		for range 3 {
			if again := w.tick(30 * time.Hour); again.Version != run.Version {
				t.Errorf("it goes on: %+v", again)
			}
		}
	})
}

func TestAFailedRunThatNobodyScheduledOrWhoseDraftsWereSettledDoesNotGoOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(30, 4)
		w.schedule(domain.Schedule{LeaveDrafts: true})
		w.tick(0)
		made := 0
		biller := w.with(&watchedStore{RunStore: w.billing, watch: watch{before: func(step string) error {
			if step == "CreateInvoices" {
				if made++; made > 1 {
					return errors.New("the disk is full")
				}
			}
			return nil
		}}})
		w.finish(biller)
		run := w.tick(0)
		if run.State != domain.RunFailed || run.Drafts.Left == 0 {
			t.Fatalf("%+v", run)
		}
		if _, err := w.runs.DiscardRun(as, run.ID); err != nil {
			t.Fatal(err)
		}
		w.finish(w.runs)
		if again := w.tick(25 * time.Hour); again.State != domain.RunFailed || again.Retries != 0 || again.Invoices != run.Invoices {
			t.Errorf("%+v", again)
		}
		w.exec(`UPDATE cycle_runs SET actor = 'another', outcome = NULL`)
		if again := w.tick(25 * time.Hour); again.State != domain.RunFailed || again.Retries != 0 {
			t.Errorf("one of elsewhere: %+v", again)
		}
	})
}
