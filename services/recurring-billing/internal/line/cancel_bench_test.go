package line_test

import (
	"context"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// BenchmarkCancel measures the cancellation of a run that has done a tenth of its batches, while
// two workers continue. It reports the time until the response, and the number of invoices that the
// run makes meanwhile.
func BenchmarkCancel(b *testing.B) {
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		b.Run(string(engine), func(b *testing.B) {
			w := billingtest.NewBench(b, engine, billingtest.BenchLines(b))
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() { defer close(done); run.NewWorker(w.Runs, w.Store.Follow, 2, billingtest.Quiet).Run(ctx) }()
			defer func() { stop(); <-done }()
			asOf := billingtest.Day("2026-02-01")
			var took time.Duration
			after := int64(0)
			for b.Loop() {
				asOf = asOf.AddMonthsClamped(1)
				current, err := w.Runs.Create(billingtest.As, asOf, run.Filter{}, false)
				if err != nil {
					b.Fatal(err)
				}
				for current.Batches == 0 || current.Done < (current.Batches+9)/10 {
					time.Sleep(time.Millisecond)
					current = w.Get(current.ID)
				}
				started := time.Now()
				cancelled, err := w.Runs.Cancel(billingtest.As, current.ID)
				took += time.Since(started)
				if err != nil || !cancelled.State.Ended() {
					b.Fatalf("%v %+v", err, cancelled)
				}
				after += cancelled.Invoices - current.Invoices
			}
			b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "ms/answer")
			b.ReportMetric(float64(after)/float64(b.N), "invoices-after")
		})
	}
}
