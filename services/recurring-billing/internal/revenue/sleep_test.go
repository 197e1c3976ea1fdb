package revenue_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
)

// idle is a store in which everything is counted. It counts how often it is asked.
type idle struct {
	revenue.Store
	asked atomic.Int64
	news  chan struct{}
}

func (s *idle) Behind(context.Context, revenue.Lease) ([]auth.Tenant, error) {
	s.asked.Add(1)
	return nil, nil
}

func (s *idle) Follow() (<-chan struct{}, func()) { return s.news, func() {} }

// TestWorkerCountsAfterLinesHaveChanged checks that any number of changes wake the worker once, after a quiet
// moment, and that it sleeps otherwise.
func TestWorkerCountsAfterLinesHaveChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &idle{news: make(chan struct{}, 1)}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go revenue.NewWorker(store, clock.System{}, slog.New(slog.DiscardHandler)).Run(ctx)
		time.Sleep(time.Millisecond)
		asked := func(what string, want int64) {
			t.Helper()
			synctest.Wait()
			if got := store.asked.Swap(0); got != want {
				t.Errorf("%s: asked %d times, want %d", what, got, want)
			}
		}
		store.asked.Store(0)
		time.Sleep(time.Minute)
		asked("without changes", 12)
		for range 20 { // two seconds of changes
			select {
			case store.news <- struct{}{}:
			default:
			}
			time.Sleep(100 * time.Millisecond)
		}
		asked("during changes", 0)
		time.Sleep(400 * time.Millisecond)
		asked("after them", 1)
	})
}
