package increase

import (
	"context"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/background"
)

// A worker wakes when this process changes an increase. It looks for the jobs of other replicas, and for
// steps that have rested, every idlePoll.
const idlePoll = 5 * time.Second

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
	background.Repeat(ctx, w.logger, "a rate increase was interrupted and will go on", news, func(ctx context.Context, _ bool) (time.Duration, error) {
		worked, err := w.service.Work(ctx)
		if err != nil || worked {
			return 0, err
		}
		return idlePoll, nil
	})
}
