package subscription

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/background"
)

const (
	// A worker sleeps until the next action is due, or until this process schedules one. It looks for those that other
	// replicas scheduled, and have not done, every idlePoll.
	idlePoll = 15 * time.Second
	// batchSize is how many actions are done in one transaction.
	batchSize = 200
)

// Queue holds the scheduled actions of all tenants.
type Queue interface {
	// Due returns when the next scheduled action is due, or the zero time if none is scheduled.
	Due(ctx context.Context) (time.Time, error)
	// Claim runs do for actions that are due at a time, at most limit, in one transaction that no other one shares an action
	// with. Of each subscription it takes the earliest action only. It returns how many actions it took. The writer of an
	// action acts for who submitted it.
	Claim(ctx context.Context, at time.Time, limit int, do func(context.Context, DueWriter, Action) error) (int, error)
	// Follow returns a channel that tells of commits of this process that concern actions, until leave is called.
	Follow() (news <-chan struct{}, leave func())
}

// ErrUnreadable is the error of Claim for actions that cannot be read.
var ErrUnreadable = errors.New("a scheduled action cannot be read and rests")

// DueWriter reads and writes in the transaction that executes scheduled actions.
type DueWriter interface {
	Writer
	// Delay has the queue look at the scheduled actions of a subscription no earlier than a time.
	Delay(ctx context.Context, of ID, until time.Time) error
}

// Worker executes scheduled actions in the background of a service. Every replica has one.
type Worker struct {
	service *Service
	queue   Queue
	logger  *slog.Logger
}

// NewWorker returns a Worker.
func NewWorker(service *Service, queue Queue, logger *slog.Logger) *Worker {
	return &Worker{service: service, queue: queue, logger: logger}
}

// Run works until ctx ends. The store then undoes an unfinished batch, and another worker does it.
func (w *Worker) Run(ctx context.Context) {
	news, leave := w.queue.Follow()
	defer leave()
	background.Repeat(ctx, w.logger, "executing scheduled actions failed and will be retried", news,
		func(ctx context.Context, _ bool) (time.Duration, error) {
			next, err := w.Work(ctx)
			if err != nil || next.IsZero() {
				return idlePoll, err
			}
			return min(idlePoll, next.Sub(w.service.Clock.Now())), nil
		})
}

// Work executes all actions that are due, and returns when the next one is, or the zero time if none is scheduled.
func (w *Worker) Work(ctx context.Context) (next time.Time, err error) {
	for {
		next, err = w.queue.Due(ctx)
		if err != nil || next.IsZero() || w.service.Clock.Now().Before(next) {
			return next, err
		}
		claimed, err := w.claim(ctx, batchSize, executeDue)
		if err != nil && ctx.Err() == nil {
			w.logger.WarnContext(ctx, "a batch of scheduled actions failed; they are executed one by one", "error", err)
			claimed, err = w.oneByOne(ctx)
		}
		if err != nil {
			return next, fmt.Errorf("executing scheduled actions: %w", err)
		}
		if claimed == 0 { // another replica has those that are due, or they wait for earlier ones of their subscriptions
			return w.service.Clock.Now().Add(time.Second), nil
		}
	}
}

// claim runs do for actions that are due, and logs which of them cannot be read.
func (w *Worker) claim(ctx context.Context, limit int, do func(context.Context, DueWriter, Action) error) (int, error) {
	claimed, err := w.queue.Claim(ctx, w.service.Clock.Now().UTC().Truncate(time.Microsecond), limit, do)
	if errors.Is(err, ErrUnreadable) {
		w.logger.ErrorContext(ctx, "some scheduled actions cannot be read; they are tried again in an hour", "error", err)
		return claimed, nil
	}
	return claimed, err
}
