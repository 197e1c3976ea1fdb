package increase_test

import (
	"context"
	"errors"
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
		started(t, w.Increases.Apply, id)
		finish(t, w)
		if present, err := w.Increases.Get(billingtest.As, id); err != nil || present.State != increase.Applied || present.Raised+present.Skipped != 20 {
			t.Errorf("%+v, %v", present, err)
		}
	})
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
	_, err := w.Increases.Undo(billingtest.As, id, "")
	refused(err, "INCREASE_NOT_APPLIED")
	started(t, w.Increases.Apply, id)
	_, err = w.Increases.Undo(billingtest.As, id, "")
	refused(err, "INCREASE_WORKING")
	refused(w.Increases.Delete(billingtest.As, id, ""), "INCREASE_STARTED")
	_, err = w.Increases.Update(billingtest.As, id, "", func(*increase.Increase) error { return nil })
	refused(err, "INCREASE_STARTED")
	finish(t, w)
	started(t, w.Increases.Undo, id)
	finish(t, w)
	_, err = w.Increases.Apply(billingtest.As, id, "")
	refused(err, "INCREASE_UNDONE")
	started(t, w.Increases.Undo, id)
}
