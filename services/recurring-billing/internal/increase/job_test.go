package increase_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

var errKilled = errors.New("killed")

// killed is a store that undoes some steps after they are done, as a crash does.
type killed struct {
	increase.Store
	steps atomic.Int64
}

func (k *killed) Step(ctx context.Context, at time.Time, do func(context.Context, increase.Writer, increase.Increase) error) (bool, error) {
	return k.Store.Step(ctx, at, func(ctx context.Context, w increase.Writer, i increase.Increase) error {
		if err := do(ctx, w, i); err != nil {
			return err
		}
		if k.steps.Add(1)%3 == 1 {
			return errKilled
		}
		return nil
	})
}

// planned plans an increase of all lines by 10 percent at their next cycle dates.
func planned(t *testing.T, w *billingtest.Fixture) increase.ID {
	t.Helper()
	created, err := w.Increases.Create(billingtest.As, increase.Increase{Plan: increase.Plan{Percent: decimal.MustParse("10"), AtNextCycle: true, Reason: "YEARLY"}})
	if err != nil {
		t.Fatal(err)
	}
	return created.ID
}

func started(t *testing.T, start func(context.Context, increase.ID, string) (increase.Increase, error), id increase.ID) {
	t.Helper()
	if _, err := start(billingtest.As, id, ""); err != nil {
		t.Fatal(err)
	}
}

// ended works with several services at once until a job has ended, whatever fails.
func ended(t *testing.T, w *billingtest.Fixture, id increase.ID, services ...*increase.Service) increase.Increase {
	t.Helper()
	var group sync.WaitGroup
	for _, service := range services {
		group.Go(func() {
			for range 2000 {
				worked, err := service.Work(t.Context())
				if err != nil && !errors.Is(err, errKilled) {
					t.Error(err)
					return
				}
				if err != nil {
					w.Clock.Advance(10 * time.Minute) // a step that failed rests
				}
				if present, err := w.Increases.Get(billingtest.As, id); err == nil && !worked && !present.State.InProgress() {
					return
				}
			}
		})
	}
	group.Wait()
	present, err := w.Increases.Get(billingtest.As, id)
	if err != nil {
		t.Fatal(err)
	}
	return present
}

// However often workers are killed, and however many there are, each line is raised once, and
// lowered once.
func TestKilledJobsChangeEachLineOnce(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(30, 2)
		id := planned(t, w)
		rates := w.Count(`SELECT count(*) FROM line_rates`)
		services := []*increase.Service{
			increase.NewService(&killed{Store: store.NewIncreases(w.DB, api.Message)}, w.Clock, 4),
			increase.NewService(&killed{Store: store.NewIncreases(w.DB, api.Message)}, w.Clock, 5),
		}
		started(t, w.Increases.Apply, id)
		applied := ended(t, w, id, services...)
		if applied.State != increase.Applied || applied.Raised == 0 || applied.Raised+applied.Skipped != 60 {
			t.Fatalf("%+v", applied)
		}
		if more := w.Count(`SELECT count(*) FROM line_rates`) - rates; more != applied.Raised-w.Count(`SELECT count(*) FROM rate_increase_lines WHERE replaced <> ''`) {
			t.Errorf("%d lines have %d more rates", applied.Raised, more)
		}
		started(t, w.Increases.Undo, id)
		if undone := ended(t, w, id, services...); undone.State != increase.Undone || undone.Lowered != applied.Raised || w.Count(`SELECT count(*) FROM line_rates`) != rates {
			t.Errorf("%+v", undone)
		}
	})
}

// A job that was cancelled has done whole steps, and goes on behind them.
func TestCancelledJobsGoOn(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(10, 2)
		id := planned(t, w)
		started(t, w.Increases.Apply, id)
		if worked, err := w.Increases.Work(t.Context()); !worked || err != nil {
			t.Fatal(worked, err)
		}
		cancelled, err := w.Increases.Cancel(billingtest.As, id)
		if err != nil || cancelled.State != increase.ApplyCancelled || cancelled.Raised+cancelled.Skipped != 7 {
			t.Fatalf("%+v, %v", cancelled, err)
		}
		if worked, err := w.Increases.Work(t.Context()); worked || err != nil {
			t.Fatal("a cancelled job went on", err)
		}
		var preview []increase.Line
		if _, err := w.Increases.Preview(billingtest.As, id, func(lines []increase.Line) error {
			preview = append(preview, lines...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		done := outcomesOf(t, w, id)
		started(t, w.Increases.Apply, id)
		finish(t, w)
		if present, err := w.Increases.Get(billingtest.As, id); err != nil || present.State != increase.Applied || present.Raised+present.Skipped != 20 {
			t.Errorf("%+v, %v", present, err)
		}
		same(t, "what was done after a preview", preview, outcomesOf(t, w, id)[len(done):])
	})
}

// A job that was cancelled, or goes on, has not failed yet.
func TestStartedJobsHaveNotFailed(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	w.LoadCustomers(2, 1)
	id := planned(t, w)
	started(t, w.Increases.Apply, id)
	if _, err := increase.NewService(&killed{Store: store.NewIncreases(w.DB, api.Message)}, w.Clock, 4).Work(t.Context()); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if failed, err := w.Increases.Get(billingtest.As, id); err != nil || failed.Failure == "" || failed.Attempts != 1 {
		t.Fatalf("%+v, %v", failed, err)
	}
	if cancelled, err := w.Increases.Cancel(billingtest.As, id); err != nil || cancelled.Failure != "" || cancelled.Attempts != 0 {
		t.Errorf("%+v, %v", cancelled, err)
	}
}

// A line that is billed at its new rate keeps it, and so does one whose rate was changed since.
func TestUndoingLeavesWhatIsBilledOrChanged(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	billingtest.LoadPlain(w, 4, "2026-01-01", "31.00")
	id := planned(t, w)
	started(t, w.Increases.Apply, id)
	finish(t, w)
	if _, err := w.Runs.Create(billingtest.As, billingtest.Day("2026-01-01"), run.Filter{BillTos: []catalogue.BillToID{1}}, false); err != nil {
		t.Fatal(err)
	}
	w.Finish(w.Runs)
	if _, err := w.Lines.ChangeRate(billingtest.As, 2, line.RateChange{Rate: line.Rate{
		Effective: billingtest.Day("2026-01-01"), MonthlyAmount: billingtest.USD("40.00"), Reason: "OTHER",
	}}); err != nil {
		t.Fatal(err)
	}
	started(t, w.Increases.Undo, id)
	finish(t, w)
	outcomes := outcomesOf(t, w, id)
	for i, want := range []struct {
		outcome increase.Outcome
		message string
	}{
		{increase.Kept, "it is billed at the rate of 2026-01-01, from 2026-01-01 to 2026-01-31"},
		{increase.Kept, "its rate of 2026-01-01 was changed or withdrawn since"}, {increase.Lowered, ""}, {increase.Lowered, ""},
	} {
		if outcomes[i].Outcome != want.outcome || outcomes[i].Message != want.message {
			t.Errorf("line %d: %+v, want %+v", i+1, outcomes[i], want)
		}
	}
	if present, err := w.Increases.Get(billingtest.As, id); err != nil || present.Kept != 2 || present.Lowered != 2 || present.Change["USD"].String() != "620" {
		t.Errorf("%+v, %v", present, err)
	}
}

// raised gives a line a rate from a date on with an increase of its own.
func raised(t *testing.T, w *billingtest.Fixture, customer catalogue.CustomerID, from string) increase.ID {
	t.Helper()
	created, err := w.Increases.Create(billingtest.As, increase.Increase{Plan: increase.Plan{
		Percent: decimal.MustParse("10"), Effective: billingtest.Day(from), Reason: "YEARLY", Filter: increase.Filter{Customers: []catalogue.CustomerID{customer}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	started(t, w.Increases.Apply, created.ID)
	finish(t, w)
	return created.ID
}

// checkUndone undoes an increase of one line, and checks what becomes of it.
func checkUndone(t *testing.T, w *billingtest.Fixture, id increase.ID, rates ...string) {
	t.Helper()
	started(t, w.Increases.Undo, id)
	finish(t, w)
	outcomes := outcomesOf(t, w, id)
	if len(outcomes) != 1 || outcomes[0].Outcome != increase.Lowered {
		t.Errorf("increase %d was undone as %+v", id, outcomes)
		return
	}
	of, err := w.Lines.Get(billingtest.As, outcomes[0].Line)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, rate := range of.Rates {
		got = append(got, rate.From().String()+" "+rate.MonthlyAmount.Value.String())
	}
	if !slices.Equal(got, rates) {
		t.Errorf("line %d has the rates %v, want %v", of.ID, got, rates)
	}
}

// changed changes the rate of line 1.
func changed(t *testing.T, w *billingtest.Fixture, from, amount string, adjust bool) {
	t.Helper()
	if _, err := w.Lines.ChangeRate(billingtest.As, 1, line.RateChange{AdjustBilled: adjust, Rate: line.Rate{
		Effective: billingtest.Day(from), MonthlyAmount: billingtest.USD(amount), Reason: "OTHER",
	}}); err != nil {
		t.Fatal(err)
	}
}

// Undoing restores a rate of the same date that the new one replaced later, when the days billed at
// it were released.
func TestUndoingRestoresWhatIsReplacedLater(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	billingtest.LoadPlain(w, 1, "2026-01-01", "31.00")
	w.Bill("2026-01-01")
	id := raised(t, w, 1, "2026-01-01")
	if _, err := w.Invoicing.Void(billingtest.As, w.Numbered()[0].ID, "Wrong", true, ""); err != nil {
		t.Fatal(err)
	}
	checkUndone(t, w, id, "2026-01-01 31.00")
}

// A rate that another one holds back from billed days is not billed.
func TestUndoingWithdrawsARateThatWasNeverBilled(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	billingtest.LoadPlain(w, 1, "2026-01-01", "31.00")
	changed(t, w, "2026-03-01", "50.00", false)
	w.Bill("2026-04-01")
	changed(t, w, "2026-02-01", "40.00", true)
	checkUndone(t, w, raised(t, w, 1, "2026-02-01"), "2026-01-01 31.00", "2026-02-01 40.00", "2026-03-01 50.00")
}

// An increase from a paused day raises the rate that counts for the day once it is billed: that which was
// asked for before it, although the day was billed at an older one until it was paused.
func TestIncreasesRaiseTheRateOfPausedDays(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	billingtest.LoadPlain(w, 1, "2026-01-01", "31.00")
	w.Bill("2026-03-01")
	changed(t, w, "2026-02-01", "62.00", false)
	if _, err := w.Lines.Pause(billingtest.As, 1, line.Pausing{From: billingtest.Day("2026-03-11"), Until: billingtest.Day("2026-03-21"), Reason: "AWAY"}); err != nil {
		t.Fatal(err)
	}
	done := outcomesOf(t, w, raised(t, w, 1, "2026-03-11"))
	if len(done) != 1 || done[0].Old != billingtest.USD("62.00") || done[0].Rate.MonthlyAmount != billingtest.USD("68.20") {
		t.Errorf("%+v", done)
	}
}

// An increase is undone although a later one follows on the line, which stays.
func TestUndoingOneOfTwoIncreases(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	billingtest.LoadPlain(w, 1, "2026-01-01", "31.00")
	first := raised(t, w, 1, "2026-02-01")
	raised(t, w, 1, "2026-03-01")
	checkUndone(t, w, first, "2026-01-01 31.00", "2026-03-01 37.51")
}

// What a state does not allow is refused, and what is done already changes nothing.
func TestStatesOfIncreases(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	w.LoadCustomers(1, 1)
	id := planned(t, w)
	refused := func(err error, reason string) {
		t.Helper()
		if known, ok := fault.As(err); !ok || string(known.Reason) != reason {
			t.Errorf("got %v, want %s", err, reason)
		}
	}
	preview := func() error {
		_, err := w.Increases.Preview(billingtest.As, id, func([]increase.Line) error { return nil })
		return err
	}
	_, err := w.Increases.Undo(billingtest.As, id, "")
	refused(err, "INCREASE_NOT_APPLIED")
	started(t, w.Increases.Apply, id)
	refused(preview(), "INCREASE_STARTED")
	_, err = w.Increases.Undo(billingtest.As, id, "")
	refused(err, "INCREASE_WORKING")
	refused(w.Increases.Delete(billingtest.As, id, ""), "INCREASE_STARTED")
	_, err = w.Increases.Update(billingtest.As, id, "", func(*increase.Increase) error { return nil })
	refused(err, "INCREASE_STARTED")
	finish(t, w)
	refused(preview(), "INCREASE_STARTED")
	started(t, w.Increases.Undo, id)
	finish(t, w)
	refused(preview(), "INCREASE_UNDONE")
	_, err = w.Increases.Apply(billingtest.As, id, "")
	refused(err, "INCREASE_UNDONE")
	started(t, w.Increases.Undo, id)
}
