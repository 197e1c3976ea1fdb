package run_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// BenchmarkDrafts measures a run over monthly lines that leaves drafts. The drafts of one month are
// discarded and made again, and all are finalized. It reports the invoices per second of each step,
// and the peak heap.
func BenchmarkDrafts(b *testing.B) {
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		b.Run(string(engine), func(b *testing.B) {
			w := billingtest.NewBench(b, engine, billingtest.BenchLines(b))
			took, invoices := map[string]time.Duration{}, int64(0)
			asOf := billingtest.Day("2026-02-01")
			var id run.ID
			start := func() (run.Run, error) { return w.Runs.CreateDraft(billingtest.As, asOf, run.Filter{}) }
			steps := []struct {
				name string
				do   func() (run.Run, error)
			}{
				{"draft", start},
				{"discard", func() (run.Run, error) { return w.Runs.Discard(billingtest.As, id) }},
				{"draft", start},
				{"finalize", func() (run.Run, error) { return w.Runs.Finalize(billingtest.As, id) }},
			}
			runtime.GC()
			memory := billingtest.Peak()
			for b.Loop() {
				asOf = asOf.AddMonthsClamped(1)
				for _, step := range steps {
					started := time.Now()
					current, err := step.do()
					if err != nil {
						b.Fatal(err)
					}
					id = current.ID
					workAll(w, 2)
					took[step.name] += time.Since(started)
				}
				current := w.Get(id)
				if current.State != run.Succeeded || current.Drafts.Finalized != current.Invoices || current.Invoices == 0 {
					b.Fatalf("%+v", current)
				}
				invoices += current.Invoices
			}
			b.ReportMetric(memory(), "heap-MB")
			b.ReportMetric(2*float64(invoices)/took["draft"].Seconds(), "drafts/s")
			b.ReportMetric(float64(invoices)/took["discard"].Seconds(), "discarded/s")
			b.ReportMetric(float64(invoices)/took["finalize"].Seconds(), "finalized/s")
		})
	}
}

// workAll lets some workers do all the work there is.
func workAll(w *billingtest.Fixture, workers int) {
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for worked := true; worked; {
				var err error
				if worked, err = w.Runs.Work(context.Background()); err != nil {
					w.T.Error(err)
				}
			}
		})
	}
	group.Wait()
	w.Finish(w.Runs)
}
