package recurrence

import (
	"context"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/background"
)

// pollInterval is how often a worker looks for what is due. It also is how late it can be.
const pollInterval = 15 * time.Second

// Worker does what is due on its day in the background of a service. Every replica has one.
type Worker struct {
	service *Service
	agenda  Agenda
	logger  *slog.Logger
}

// NewWorker returns a Worker.
func NewWorker(service *Service, agenda Agenda, logger *slog.Logger) *Worker {
	return &Worker{service: service, agenda: agenda, logger: logger}
}

// Run works until ctx ends. It begins with what became due while no service ran.
func (w *Worker) Run(ctx context.Context) {
	background.Repeat(ctx, w.logger, "what is due of recurrences was not all done and will be tried again", nil,
		func(ctx context.Context, _ bool) (time.Duration, error) {
			return pollInterval, w.service.DoDue(ctx, w.agenda)
		})
}
