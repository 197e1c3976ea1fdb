package run

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// pollInterval is how long a worker waits before it looks for work left by other replicas, if
	// nothing happens in this process.
	pollInterval = time.Second
	// schedulePollInterval is the interval at which the billing schedules are checked.
	schedulePollInterval = 15 * time.Second
	// A worker that fails waits, longer each time.
	firstRest = 100 * time.Millisecond
	mostRest  = 15 * time.Second
)

// Worker does the work of cycle runs in the background of a service. Every replica has one.
type Worker struct {
	service *Service
	changed func() <-chan struct{}
	workers int
	logger  *slog.Logger
}

// NewWorker returns a Worker with the given number of concurrent workers. changed signals that
// there may be new work.
func NewWorker(service *Service, changed func() <-chan struct{}, workers int, logger *slog.Logger) *Worker {
	return &Worker{service: service, changed: changed, workers: workers, logger: logger}
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
	rest := firstRest
	for ctx.Err() == nil {
		changed := w.changed()
		worked, err := w.service.Work(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			w.logger.WarnContext(ctx, "a cycle run was interrupted and will resume", "error", err)
			wait(ctx, nil, rest)
			rest = min(2*rest, mostRest)
		case err == nil && !worked:
			wait(ctx, changed, pollInterval)
			rest = firstRest
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
