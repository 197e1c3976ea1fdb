package run

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/background"
)

const (
	// A worker wakes when this process changes a run. It looks for work of other replicas, and for batches
	// that have rested, every pollInterval while there is work, and that many times after; else every idlePoll.
	pollInterval = time.Second
	pollsAfter   = 30
	idlePoll     = 5 * time.Second
	// schedulePollInterval is the interval at which the billing schedules are checked.
	schedulePollInterval = 15 * time.Second
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
	polls := 0
	background.Repeat(ctx, w.logger, "a cycle run was interrupted and will resume", news, func(ctx context.Context, _ bool) (time.Duration, error) {
		waits, worked, err := w.service.work(ctx)
		if waits {
			polls = pollsAfter
		}
		switch {
		case err != nil || worked:
			return 0, err
		case polls > 0:
			polls--
			return pollInterval, nil
		default:
			return idlePoll, nil
		}
	})
}

func (w *Worker) schedule(ctx context.Context) {
	background.Repeat(ctx, w.logger, "starting scheduled cycle runs failed and will be retried", nil,
		func(ctx context.Context, _ bool) (time.Duration, error) {
			return schedulePollInterval, w.service.StartScheduled(ctx)
		})
}
