package revenue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/background"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

const (
	// batch is the number of changes counted in one transaction: large enough to keep its cost low,
	// small enough not to delay other writers.
	batch = 5000
	// leaseTime outlasts any batch; each batch renews the lease.
	leaseTime = 30 * time.Second
	// Changes of lines by this process wake the worker after a quiet period, so that it does not compete with an
	// import, or after a maximum wait. Those of other replicas are found by polling: every pollInterval while the
	// worker counts and that many times after, since its leases keep others from counting; else every idlePoll.
	quiet        = 200 * time.Millisecond
	longestWait  = 30 * time.Second
	pollInterval = time.Second
	pollsAfter   = int(leaseTime / pollInterval)
	idlePoll     = 5 * time.Second
	releaseTime  = 5 * time.Second
)

// Worker keeps the figures of all tenants up to date. If several run, in one process or many, only
// one counts a tenant's changes.
type Worker struct {
	store  Store
	clock  clock.Clock
	logger *slog.Logger
	owner  string
	// leasing tells that the worker may have leases to release.
	leasing bool
	// counted tells that it has counted lines since it last slept.
	counted bool
}

// NewWorker returns a worker on a store.
func NewWorker(store Store, clock clock.Clock, logger *slog.Logger) *Worker {
	return &Worker{store: store, clock: clock, logger: logger, owner: id.New()}
}

// Run counts changes until ctx ends. Errors are logged and the work is retried.
func (w *Worker) Run(ctx context.Context) {
	news, leave := w.store.Follow()
	defer leave()
	polls := 0
	background.Repeat(ctx, w.logger, "counting recurring revenue failed and will be retried", news, func(ctx context.Context, woken bool) (time.Duration, error) {
		if woken {
			settle(ctx, news)
			polls = pollsAfter
		}
		more, err := w.Count(ctx)
		if err != nil || more {
			return 0, err
		}
		if w.counted {
			polls = pollsAfter
		}
		if w.counted = false; polls > 0 {
			polls--
			return pollInterval, nil
		}
		return idlePoll, nil
	})
	if !w.leasing {
		return
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	if err := w.store.Release(finish, w.lease()); err != nil {
		w.logger.WarnContext(finish, "releasing the leases on recurring revenue failed; they will expire", "error", err)
	}
}

// settle waits until there has been no news for a moment.
func settle(ctx context.Context, news <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	for ctx.Err() == nil {
		background.Sleep(ctx, nil, quiet)
		select {
		case <-news:
		default:
			return
		}
	}
}

func (w *Worker) lease() Lease {
	now := w.clock.Now()
	return Lease{Owner: w.owner, Now: now, Until: now.Add(leaseTime)}
}

// Count counts the next stretch of each tenant that is behind. more is true if there may be others.
// A tenant that fails does not hold back the others.
func (w *Worker) Count(ctx context.Context) (more bool, err error) {
	tenants, err := w.store.Behind(ctx, w.lease())
	if err != nil {
		return false, err
	}
	var failed []error
	for _, tenant := range tenants {
		again, err := w.advance(ctx, tenant)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("tenant %s: %w", tenant, err))
		}
		more = more || again
	}
	return more, errors.Join(failed...)
}

func (w *Worker) advance(ctx context.Context, tenant auth.Tenant) (more bool, err error) {
	stretch, err := w.store.Next(ctx, tenant, batch)
	if err != nil {
		return false, err
	}
	advanced, err := w.store.Advance(ctx, w.lease(), stretch, func(ctx context.Context, books Writer) error {
		return record(ctx, books, stretch.States)
	})
	w.leasing = w.leasing || advanced
	w.counted = w.counted || advanced && len(stretch.States) > 0
	return advanced && stretch.More, err
}

// record counts changes of lines.
func record(ctx context.Context, books Writer, states []State) error {
	if len(states) == 0 {
		return nil
	}
	lines := make([]line.ID, 0, len(states))
	latest := make(map[line.ID]Series, len(states))
	for _, state := range states {
		if _, seen := latest[state.ID]; !seen {
			lines = append(lines, state.ID)
			latest[state.ID] = Series{}
		}
	}
	known, err := books.Series(ctx, lines)
	if err != nil {
		return err
	}
	for l, series := range known {
		latest[l] = series
	}
	for _, state := range states {
		if latest[state.ID], err = latest[state.ID].After(state); err != nil {
			return err
		}
	}
	tally := Tally{}
	for l, series := range latest {
		before, had := known[l]
		if had && before.Equal(series) {
			delete(latest, l)
			continue
		}
		if err := tally.Move(before, series); err != nil {
			return fmt.Errorf("recurring line %d: %w", l, err)
		}
	}
	if err := books.PutSeries(ctx, latest); err != nil {
		return err
	}
	return books.Add(ctx, tally)
}
