package run_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// setSchedule sets a schedule that has a run today.
func setSchedule(w *billingtest.Fixture, schedule run.Schedule) {
	w.T.Helper()
	schedule.Enabled, schedule.Day = true, billingtest.Today.Day()
	if _, err := w.Runs.UpdateSchedule(billingtest.As, "", func(s *run.Schedule) error { *s = schedule; return nil }); err != nil {
		w.T.Fatal(err)
	}
}

// tick lets time pass, has four replicas check the schedules at once, and returns the only run.
func tick(w *billingtest.Fixture, pass time.Duration) run.Run {
	w.T.Helper()
	w.Clock.Advance(pass)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := w.Runs.StartScheduled(context.Background()); err != nil {
				w.T.Error(err)
			}
		})
	}
	group.Wait()
	runs, err := w.Runs.List(billingtest.As, listing.Query{Order: []listing.Order{{Field: "name", Descending: true}}})
	if err != nil || len(runs) != 1 {
		w.T.Fatalf("%d runs, error %v", len(runs), err)
	}
	return runs[0]
}

// The batches of a scheduled run fail for some days. It is retried after longer and longer rests,
// and bills the rest once the failure ends.
func TestFailedScheduledRunIsRetried(t *testing.T) {
	for _, leaveDrafts := range []bool{false, true} {
		billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
			w.LoadCustomers(30, 4)
			setSchedule(w, run.Schedule{LeaveDrafts: leaveDrafts})
			broken := true
			runs := w.With(&billingtest.WatchedStore{Store: w.Store, Watch: billingtest.Watch{Before: func(step string) error {
				if step == "CreateInvoices" && broken {
					return errors.New("the disk is full")
				}
				return nil
			}}})
			tick(w, 0)
			w.Finish(runs)
			billed := int64(0)
			for n, rest := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
				current := tick(w, 0)
				if current.State != run.Failed || current.ProblemCount != int64(current.Batches-current.Done) || current.Retries != n || current.Invoices != billed {
					t.Fatalf("after %d retries: %+v", n, current)
				}
				if early := tick(w, current.Ended.Add(rest-time.Second).Sub(w.Clock.Now())); early.Version != current.Version {
					t.Errorf("the run was retried before %s had passed: %+v", rest, early)
				}
				if again := tick(w, time.Second); again.State != run.Running || again.ProblemCount != 0 || again.Retries != n+1 || !again.Ended.IsZero() {
					t.Fatalf("after %s: %+v", rest, again)
				}
				if n == 2 { // one batch passes
					broken = false
					if worked, err := runs.Work(context.Background()); err != nil || !worked {
						t.Fatal(worked, err)
					}
					broken, billed = true, tick(w, 0).Invoices
				}
				if n == 6 {
					broken = false
				}
				w.Finish(runs)
			}
			current := tick(w, 0)
			if current.State != run.Succeeded || current.Done != current.Batches || current.Invoices != 31 || billed == 0 || billed == current.Invoices {
				t.Errorf("%+v, of which one batch made %d", current, billed)
			}
			if again := tick(w, 25*time.Hour); again.Version != current.Version {
				t.Errorf("a succeeded run was retried: %+v", again)
			}
			if leaveDrafts {
				if _, err := w.Runs.Finalize(billingtest.As, current.ID); err != nil {
					t.Fatal(err)
				}
				w.Finish(w.Runs)
				if made := w.Numbered(); len(made) != 31 {
					t.Errorf("%d invoices", len(made))
				}
			} else {
				w.CheckBooks()
			}
			if left := w.Unbilled(current.AsOf); left != 0 {
				t.Errorf("%d lines are left", left)
			}
		})
	}
}

func TestPermanentProblemIsNotRetried(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(5, 4)
		w.Exec(`DELETE FROM line_rates WHERE line_id = 6`)
		setSchedule(w, run.Schedule{})
		tick(w, 0)
		w.Finish(w.Runs)
		current := tick(w, 0)
		if current.State != run.Failed || current.ProblemCount != 1 {
			t.Fatalf("%+v", current)
		}
		for range 3 {
			if again := tick(w, 30*time.Hour); again.Version != current.Version {
				t.Errorf("the run was retried: %+v", again)
			}
		}
	})
}

func TestUnscheduledOrSettledFailedRunIsNotRetried(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(30, 4)
		setSchedule(w, run.Schedule{LeaveDrafts: true})
		tick(w, 0)
		made := 0
		runs := w.With(&billingtest.WatchedStore{Store: w.Store, Watch: billingtest.Watch{Before: func(step string) error {
			if step == "CreateInvoices" {
				if made++; made > 1 {
					return errors.New("the disk is full")
				}
			}
			return nil
		}}})
		w.Finish(runs)
		current := tick(w, 0)
		if current.State != run.Failed || current.Drafts.Left == 0 {
			t.Fatalf("%+v", current)
		}
		if _, err := w.Runs.Discard(billingtest.As, current.ID); err != nil {
			t.Fatal(err)
		}
		w.Finish(w.Runs)
		if again := tick(w, 25*time.Hour); again.State != run.Failed || again.Retries != 0 || again.Invoices != current.Invoices {
			t.Errorf("%+v", again)
		}
		w.Exec(`UPDATE cycle_runs SET actor = 'another'`)
		w.Exec(`DELETE FROM cycle_run_jobs`)
		if again := tick(w, 25*time.Hour); again.State != run.Failed || again.Retries != 0 {
			t.Errorf("one of elsewhere: %+v", again)
		}
	})
}
