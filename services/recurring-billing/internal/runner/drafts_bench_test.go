package runner_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// BenchmarkDrafts is a run over monthly lines that leaves drafts, of which the ones of one month are discarded and made again,
// and all are finalized. It reports how many invoices a second each of that takes, and the most heap it held.
func BenchmarkDrafts(b *testing.B) {
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		b.Run(string(engine), func(b *testing.B) {
			w := benchWorld(b, engine, benchLines(b))
			took, invoices := map[string]time.Duration{}, int64(0)
			asOf := day("2026-02-01")
			var id domain.RunID
			start := func() (domain.Run, error) { return w.runs.CreateDraftRun(as, asOf, domain.Filter{}) }
			steps := []struct {
				name string
				do   func() (domain.Run, error)
			}{
				{"draft", start},
				{"discard", func() (domain.Run, error) { return w.runs.DiscardRun(as, id) }},
				{"draft", start},
				{"finalize", func() (domain.Run, error) { return w.runs.FinalizeRun(as, id) }},
			}
			runtime.GC()
			memory := peak()
			for b.Loop() {
				asOf = asOf.AddMonthsClamped(1)
				for _, step := range steps {
					started := time.Now()
					run, err := step.do()
					if err != nil {
						b.Fatal(err)
					}
					id = run.ID
					w.workAll(2)
					took[step.name] += time.Since(started)
				}
				run := w.look(id)
				if run.State != domain.RunSucceeded || run.Drafts.Finalized != run.Invoices || run.Invoices == 0 {
					b.Fatalf("%+v", run)
				}
				invoices += run.Invoices
			}
			b.ReportMetric(memory(), "heap-MB")
			b.ReportMetric(2*float64(invoices)/took["draft"].Seconds(), "drafts/s")
			b.ReportMetric(float64(invoices)/took["discard"].Seconds(), "discarded/s")
			b.ReportMetric(float64(invoices)/took["finalize"].Seconds(), "finalized/s")
		})
	}
}

// workAll has some workers do all the work there is.
func (w *world) workAll(workers int) {
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for worked := true; worked; {
				var err error
				if worked, err = w.runs.Work(context.Background()); err != nil {
					w.t.Error(err)
				}
			}
		})
	}
	group.Wait()
	w.finish(w.runs)
}
