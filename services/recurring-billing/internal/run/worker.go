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

// Worker does the work that a biller has.
type Worker struct {
	biller  *Service
	changed func() <-chan struct{}
	workers int
	logger  *slog.Logger
}

// NewWorker is a runner with some workers; changed tells when to look for work at once.
func NewWorker(biller *Service, changed func() <-chan struct{}, workers int, logger *slog.Logger) *Worker {
	return &Worker{biller: biller, changed: changed, workers: workers, logger: logger}
}

// Run works until ctx ends. What a worker was doing then is undone by the store, and is there for the next one.
func (r *Worker) Run(ctx context.Context) {
	var group sync.WaitGroup
	for range r.workers {
		group.Go(func() { r.work(ctx) })
	}
	group.Go(func() { r.schedule(ctx) })
	group.Wait()
}

func (r *Worker) work(ctx context.Context) {
	rest := firstRest
	for ctx.Err() == nil {
		changed := r.changed()
		worked, err := r.biller.Work(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			r.logger.WarnContext(ctx, "a cycle run was interrupted; it goes on by itself", "error", err)
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

func (r *Worker) schedule(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.biller.StartScheduled(ctx); err != nil && ctx.Err() == nil {
			r.logger.WarnContext(ctx, "scheduled cycle runs could not be started; it is tried again", "error", err)
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
