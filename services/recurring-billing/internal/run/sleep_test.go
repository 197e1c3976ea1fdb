package run_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// idle is a store without work, or with work that another replica is doing. It counts how often it is asked.
type idle struct {
	run.Store
	busy  atomic.Bool
	asked atomic.Int64
	news  chan struct{}
}

func (s *idle) Waiting(context.Context, time.Time) (run.Waiting, error) {
	s.asked.Add(1)
	return run.Waiting{Batch: s.busy.Load()}, nil
}

func (s *idle) DoBatch(context.Context, time.Time, bool, func(context.Context, run.BatchReader, run.Run, run.Batch) error, func(context.Context, run.BatchWriter) error) (bool, error) {
	return false, nil
}

func (s *idle) Schedules(context.Context) (map[auth.Tenant]run.Schedule, error) { return nil, nil }

func (s *idle) Follow(auth.Tenant) (<-chan struct{}, func()) { return s.news, func() {} }

// TestWorkerSleepsWithoutRuns counts how often a worker looks for work: seldom without runs, each second while
// another replica works on one and for half a minute after, and at once at news.
func TestWorkerSleepsWithoutRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &idle{news: make(chan struct{}, 1)}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		worker := run.NewWorker(run.NewService(store, nil, clock.System{}, 1), store.Follow, 1, billingtest.Quiet)
		go worker.Run(ctx)
		asked := func(what string, during time.Duration, want int64) {
			t.Helper()
			store.asked.Store(0)
			time.Sleep(during)
			synctest.Wait()
			if got := store.asked.Load(); got != want {
				t.Errorf("%s: asked %d times in %s, want %d", what, got, during, want)
			}
		}
		time.Sleep(time.Millisecond)
		asked("without runs", time.Minute, 12)
		store.busy.Store(true)
		store.news <- struct{}{}
		asked("at news", time.Millisecond, 1)
		asked("while there is work", time.Minute, 60)
		store.busy.Store(false)
		asked("after it", 30*time.Second, 30)
		asked("long after it", time.Minute, 12)
	})
}
