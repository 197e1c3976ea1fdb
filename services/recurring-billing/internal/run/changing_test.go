package run_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// A line changes during every attempt of its batch, after it was read. In the end the batch locks
// its lines and is billed; the client that changes the line waits for it.
func TestConstantlyChangingLineBlocksNoOthers(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(3, 4)
		tries := map[string]int{}
		var writers sync.WaitGroup
		runs := w.With(&billingtest.WatchedStore{Store: w.Store, Watch: billingtest.Watch{After: func(step string, err error) error {
			if step == "FinishBatch" {
				tries["done"]++
			}
			if step != "DueLines" || err != nil {
				return err
			}
			tries["read"]++
			memo, changed := fmt.Sprint("change ", tries["read"]), make(chan struct{})
			writers.Go(func() {
				defer close(changed)
				if _, err := w.Lines.Change(billingtest.As, 1, line.Change{Memo: &memo}); err != nil {
					t.Error(err)
				}
			})
			select {
			case <-changed:
				tries["changed"]++
			case <-time.After(2 * time.Second): // the batch holds the line; a change takes as long on a busy machine too
			}
			return nil
		}}})
		id := billingtest.Start(t, runs, "2026-03-10")
		w.Finish(runs)
		writers.Wait()
		current := w.Get(id)
		if current.State != run.Succeeded || current.Invoices != 4 || tries["changed"] < 3 || tries["read"] != tries["changed"]+1 {
			t.Errorf("after %v: %+v", tries, current)
		}
		w.CheckBooks()
	})
}

// Several clients change all lines constantly, while two concurrent runs bill them. One of the two
// bills each customer.
func TestConcurrentChangesBlockNoRuns(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		const customers = 40
		w.LoadCustomers(customers, 3)
		ctx, stop := context.WithCancel(context.Background())
		var group sync.WaitGroup
		var changes atomic.Int64
		for n := range 6 {
			group.Go(func() {
				for i := n; ctx.Err() == nil; i += 7 {
					memo := fmt.Sprint("note ", i)
					_, err := w.Lines.Change(billingtest.As, line.ID(i%(3*customers)+1), line.Change{Memo: &memo})
					if err == nil {
						changes.Add(1)
					} else if !errors.Is(err, fault.Unavailable) && !errors.Is(err, fault.Conflict) {
						t.Error(err)
					}
				}
			})
		}
		runs := w.Batching(w.Store, run.LinesPerBatch)
		ids := []run.ID{billingtest.Start(t, w.Runs, "2026-03-10"), billingtest.Start(t, w.Runs, "2026-03-10")}
		for range 2 {
			group.Go(func() { w.Finish(runs) })
		}
		for _, id := range ids {
			w.Await(id)
		}
		stop()
		group.Wait()
		w.CheckBooks()
		if left := w.Unbilled(billingtest.Day("2026-03-10")); left != 0 || changes.Load() == 0 {
			t.Errorf("%d lines are left after %d changes", left, changes.Load())
		}
	})
}

// A batch that fails on every attempt becomes a problem, and is billed by the next run.
func TestRunReportsBatchThatKeepsChanging(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(3, 4)
		runs := w.Batching(&billingtest.WatchedStore{Store: w.Store, Watch: billingtest.Watch{Before: func(step string) error {
			if step == "BillLines" {
				return mutation.ErrStale
			}
			return nil
		}}}, run.LinesPerBatch)
		id := billingtest.Start(t, runs, "2026-03-10")
		w.Finish(runs)
		current := w.Get(id)
		if current.State != run.Failed || current.ProblemCount != 1 || !strings.Contains(current.Problems[0].Message, "kept changing") ||
			current.Problems[0].Range != run.Everyone || current.Invoices != 0 {
			t.Errorf("%+v", current)
		}
		if next := w.Bill("2026-03-10"); next.State != run.Succeeded || next.Invoices != 4 {
			t.Errorf("%+v", next)
		}
		w.CheckBooks()
	})
}
