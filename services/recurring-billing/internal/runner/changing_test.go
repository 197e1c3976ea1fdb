package runner_test

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
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// A line is changed under every try of its batch, after it was read. In the end the batch holds its lines, and all of it is
// billed; whoever changes the line waits for that.
func TestALineThatNeverStopsChangingHoldsBackNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(3, 4)
		tries := map[string]int{}
		var writers sync.WaitGroup
		biller := w.with(&watchedStore{RunStore: w.billing, watch: watch{after: func(step string, err error) error {
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
				if _, err := w.lines.ChangeLine(as, 1, domain.LineChange{Memo: &memo}); err != nil {
					t.Error(err)
				}
			})
			select {
			case <-changed:
				tries["changed"]++
			case <-time.After(500 * time.Millisecond):
			}
			return nil
		}}})
		id := start(t, biller, "2026-03-10")
		w.finish(biller)
		writers.Wait()
		run := w.look(id)
		if run.State != domain.RunSucceeded || run.Invoices != 4 || tries["changed"] < 3 || tries["read"] != tries["changed"]+1 {
			t.Errorf("after %v: %+v", tries, run)
		}
		w.checkBooks()
	})
}

// Several clients change all lines all the time, while two runs bill them at once: everybody is billed by one of the two.
func TestClientsThatKeepChangingLinesHoldBackNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const customers = 40
		w.customers(customers, 3)
		ctx, stop := context.WithCancel(context.Background())
		var group sync.WaitGroup
		var changes atomic.Int64
		for n := range 6 {
			group.Go(func() {
				for i := n; ctx.Err() == nil; i += 7 {
					memo := fmt.Sprint("note ", i)
					_, err := w.lines.ChangeLine(as, domain.LineID(i%(3*customers)+1), domain.LineChange{Memo: &memo})
					if err == nil {
						changes.Add(1)
					} else if !errors.Is(err, fault.Unavailable) && !errors.Is(err, fault.Conflict) {
						t.Error(err)
					}
				}
			})
		}
		biller := w.batching(w.billing, domain.LinesPerBatch)
		ids := []domain.RunID{start(t, w.runs, "2026-03-10"), start(t, w.runs, "2026-03-10")}
		for range 2 {
			group.Go(func() { w.finish(biller) })
		}
		for _, id := range ids {
			w.await(id)
		}
		stop()
		group.Wait()
		w.checkBooks()
		if left := w.unbilled(day("2026-03-10")); left != 0 || changes.Load() == 0 {
			t.Errorf("%d lines are left after %d changes", left, changes.Load())
		}
	})
}

// A batch that fails whenever it is tried is a problem in the end, and is billed by the next run.
func TestABatchThatNeverSettlesIsGivenUpAndTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(3, 4)
		biller := w.with(&watchedStore{RunStore: w.billing, watch: watch{before: func(step string) error {
			if step == "BillLines" {
				return domain.ErrStale
			}
			return nil
		}}})
		id := start(t, biller, "2026-03-10")
		w.finish(biller)
		run := w.look(id)
		if run.State != domain.RunFailed || run.ProblemCount != 1 || !strings.Contains(run.Problems[0].Message, "kept changing") || run.Invoices != 0 {
			t.Errorf("%+v", run)
		}
		if next := w.run("2026-03-10"); next.State != domain.RunSucceeded || next.Invoices != 4 {
			t.Errorf("%+v", next)
		}
		w.checkBooks()
	})
}
