package runner_test

import (
	"context"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/runner"
)

// BenchmarkCancel is the cancellation of a run that is a tenth through its batches, while two workers go on with it. It
// reports how long the answer takes, and how many invoices the run still makes from the call to the answer.
func BenchmarkCancel(b *testing.B) {
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		b.Run(string(engine), func(b *testing.B) {
			w := benchWorld(b, engine, benchLines(b))
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() { defer close(done); runner.New(w.runs, w.billing.Changed, 2, quiet).Run(ctx) }()
			defer func() { stop(); <-done }()
			asOf := day("2026-02-01")
			var took time.Duration
			after := int64(0)
			for b.Loop() {
				asOf = asOf.AddMonthsClamped(1)
				run, err := w.runs.CreateRun(as, asOf, domain.Filter{}, false)
				if err != nil {
					b.Fatal(err)
				}
				for run.Batches == 0 || run.Done < (run.Batches+9)/10 {
					time.Sleep(time.Millisecond)
					run = w.look(run.ID)
				}
				started := time.Now()
				cancelled, err := w.runs.CancelRun(as, run.ID)
				took += time.Since(started)
				if err != nil || !cancelled.State.Ended() {
					b.Fatalf("%v %+v", err, cancelled)
				}
				after += cancelled.Invoices - run.Invoices
			}
			b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "ms/answer")
			b.ReportMetric(float64(after)/float64(b.N), "invoices-after")
		})
	}
}
