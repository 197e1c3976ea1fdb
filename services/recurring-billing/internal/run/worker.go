package run

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

const (
	// A worker wakes when this process changes a run. It looks for work of other replicas, and for batches
	// that have rested, every pollInterval while there is work, and that many times after; else every idlePoll.
	pollInterval = time.Second
	pollsAfter   = 30
	idlePoll     = 5 * time.Second
	// schedulePollInterval is the interval at which the billing schedules are checked.
	schedulePollInterval = 15 * time.Second
	// A worker that fails waits, longer each time.
	firstRest = 100 * time.Millisecond
	mostRest  = 15 * time.Second
)

// Worker does the work of cycle runs in the background of a service. Every replica has one.
type Worker struct {
	service *Service
	follow  func(of auth.Tenant) (news <-chan struct{}, leave func())
	workers int
	logger  *slog.Logger
}

// NewWorker returns a Worker with the given number of concurrent workers. follow is that of the service's Store.
func NewWorker(service *Service, follow func(auth.Tenant) (<-chan struct{}, func()), workers int, logger *slog.Logger) *Worker {
	return &Worker{service: service, follow: follow, workers: workers, logger: logger}
}

// Run works until ctx ends. The store then undoes unfinished work, and another worker picks it up.
func (w *Worker) Run(ctx context.Context) {
	var group sync.WaitGroup
	for range w.workers {
		group.Go(func() { w.work(ctx) })
	}
	group.Go(func() { w.schedule(ctx) })
	group.Wait()
}

func (w *Worker) work(ctx context.Context) {
	news, leave := w.follow("")
	defer leave()
	rest, polls := firstRest, 0
	for ctx.Err() == nil {
		waits, worked, err := w.service.work(ctx)
		if waits {
			polls = pollsAfter
		}
		switch {
		case err != nil && ctx.Err() == nil:
			w.logger.WarnContext(ctx, "a cycle run was interrupted and will resume", "error", err)
			wait(ctx, nil, rest)
			rest = min(2*rest, mostRest)
		case err == nil && !worked:
			rest = firstRest
			if polls > 0 {
				polls--
				wait(ctx, news, pollInterval)
			} else {
				wait(ctx, news, idlePoll)
			}
		default:
			rest = firstRest
		}
	}
}

func (w *Worker) schedule(ctx context.Context) {
	for ctx.Err() == nil {
		if err := w.service.StartScheduled(ctx); err != nil && ctx.Err() == nil {
			w.logger.WarnContext(ctx, "starting scheduled cycle runs failed and will be retried", "error", err)
		}
		wait(ctx, nil, schedulePollInterval)
	}
}

// wait waits for a signal, if there is one, but no longer than most.
func wait(ctx context.Context, signal <-chan struct{}, timeout time.Duration) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-signal:
	case <-timer.C:
	}
}
