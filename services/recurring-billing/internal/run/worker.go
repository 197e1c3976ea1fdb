package run

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// idle is how long a worker waits before it looks for what other replicas left, if nothing happens in this process.
	idle = time.Second
	// schedules is how often the billing schedules are looked at.
	schedules = 15 * time.Second
	// A worker that fails waits, longer each time.
	firstRest = 100 * time.Millisecond
	mostRest  = 15 * time.Second
)

// Worker does the work of cycle runs beside the calls of a service, as part of every replica.
type Worker struct {
	service *Service
	changed func() <-chan struct{}
	workers int
	logger  *slog.Logger
}

// NewWorker works with some workers; changed tells when to look for work at once.
func NewWorker(service *Service, changed func() <-chan struct{}, workers int, logger *slog.Logger) *Worker {
	return &Worker{service: service, changed: changed, workers: workers, logger: logger}
}

// Run works until ctx ends. What a worker was doing then is undone by the store, and is there for the next one.
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
			w.logger.WarnContext(ctx, "a cycle run was interrupted; it goes on by itself", "error", err)
			wait(ctx, nil, rest)
			rest = min(2*rest, mostRest)
		case err == nil && !worked:
			wait(ctx, changed, idle)
			rest = firstRest
		default:
			rest = firstRest
		}
	}
}

func (w *Worker) schedule(ctx context.Context) {
	for ctx.Err() == nil {
		if err := w.service.StartScheduled(ctx); err != nil && ctx.Err() == nil {
			w.logger.WarnContext(ctx, "scheduled cycle runs could not be started; it is tried again", "error", err)
		}
		wait(ctx, nil, schedules)
	}
}

// wait waits for a signal, if there is one to wait for, at most for a while.
func wait(ctx context.Context, signal <-chan struct{}, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-signal:
	case <-timer.C:
	}
}
