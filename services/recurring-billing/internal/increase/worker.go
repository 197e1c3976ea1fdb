package increase

import (
	"context"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

const (
	// A worker wakes when this process changes an increase. It looks for the jobs of other replicas, and for
	// steps that have rested, every idlePoll.
	idlePoll = 5 * time.Second
	// A worker that fails waits, longer each time.
	firstRest = 100 * time.Millisecond
	mostRest  = 15 * time.Second
)

// Worker does the steps of rate increases in the background of a service. Every replica has one.
type Worker struct {
	service *Service
	follow  func(of auth.Tenant) (news <-chan struct{}, leave func())
	logger  *slog.Logger
}

// NewWorker returns a Worker. follow is that of the service's Store.
func NewWorker(service *Service, follow func(auth.Tenant) (<-chan struct{}, func()), logger *slog.Logger) *Worker {
	return &Worker{service: service, follow: follow, logger: logger}
}

// Run works until ctx ends. The store then undoes an unfinished step, and another worker takes it
// up.
func (w *Worker) Run(ctx context.Context) {
	news, leave := w.follow("")
	defer leave()
	rest := firstRest
	for ctx.Err() == nil {
		worked, err := w.service.Work(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			w.logger.WarnContext(ctx, "a rate increase was interrupted and will go on", "error", err)
			wait(ctx, nil, rest)
			rest = min(2*rest, mostRest)
		case err == nil && !worked:
			rest = firstRest
			wait(ctx, news, idlePoll)
		default:
			rest = firstRest
		}
	}
}

// wait waits for a signal, if there is one, but no longer than timeout.
func wait(ctx context.Context, signal <-chan struct{}, timeout time.Duration) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-signal:
	case <-timer.C:
	}
}
