package subscription_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// idle is a queue of which nothing is due before a time. It counts how often it is asked.
type idle struct {
	subscription.Queue
	due   atomic.Pointer[time.Time]
	asked atomic.Int64
	news  chan struct{}
}

func (q *idle) Due(context.Context) (time.Time, error) {
	q.asked.Add(1)
	if due := q.due.Load(); due != nil {
		return *due, nil
	}
	return time.Time{}, nil
}

func (q *idle) Claim(context.Context, time.Time, int, func(context.Context, subscription.DueWriter, subscription.Action) error) (int, error) {
	q.due.Store(nil)
	return 1, nil
}

func (q *idle) Follow() (<-chan struct{}, func()) { return q.news, func() {} }

// TestWorkerSleepsUntilSomethingIsDue counts how often a worker looks for scheduled actions: seldom, at news, and when one is due.
func TestWorkerSleepsUntilSomethingIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := &idle{news: make(chan struct{}, 1)}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		worker := subscription.NewWorker(subscription.NewService(nil, clock.System{}), queue, slog.New(slog.DiscardHandler))
		go worker.Run(ctx)
		asked := func(what string, during time.Duration, want int64) {
			t.Helper()
			queue.asked.Store(0)
			time.Sleep(during)
			synctest.Wait()
			if got := queue.asked.Load(); got != want {
				t.Errorf("%s: asked %d times in %s, want %d", what, got, during, want)
			}
		}
		time.Sleep(time.Millisecond)
		asked("while nothing is scheduled", time.Minute, 4)
		due := time.Now().Add(5 * time.Second)
		queue.due.Store(&due)
		queue.news <- struct{}{}
		asked("at news", time.Millisecond, 1)
		asked("before it is due", 4*time.Second, 0)
		asked("when it is due, and after it was done", 2*time.Second, 2)
	})
}
