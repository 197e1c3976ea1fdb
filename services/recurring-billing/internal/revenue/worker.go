package revenue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

const (
	// batch is how many changes of lines are counted in one transaction: enough that the transaction costs little, few
	// enough that whoever else writes does not wait for it.
	batch = 5000
	// leaseTime outlasts any batch: each renews the lease.
	leaseTime = 30 * time.Second
	// Commits of this process wake the worker once they have been quiet for a moment, so that it does not run beside an
	// import, or when it has waited long; those of other replicas are found by looking.
	quiet        = 200 * time.Millisecond
	longestWait  = 30 * time.Second
	pollInterval = time.Second
	pauseOnError = 2 * time.Second
	releaseTime  = 5 * time.Second
)

// Worker keeps the figures of all tenants up to date. Of several, in one process or many, one counts a tenant's changes.
type Worker struct {
	store  Store
	clock  clock.Clock
	logger *slog.Logger
	owner  string
	// leasing tells that the worker may have leases to give back.
	leasing bool
}

// NewWorker returns a worker on a store.
func NewWorker(store Store, clock clock.Clock, logger *slog.Logger) *Worker {
	return &Worker{store: store, clock: clock, logger: logger, owner: id.New()}
}

// Run counts changes until ctx ends. What fails is logged and tried again.
func (w *Worker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		committed := w.store.Committed()
		more, err := w.Count(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			w.logger.WarnContext(ctx, "recurring revenue cannot be counted for now; it is tried again", "error", err)
			sleep(ctx, pauseOnError)
		case more:
		default:
			select {
			case <-ctx.Done():
			case <-committed:
				w.settle(ctx)
			case <-time.After(pollInterval):
			}
		}
	}
	if !w.leasing {
		return
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	if err := w.store.Release(finish, w.lease()); err != nil {
		w.logger.WarnContext(finish, "the counting of recurring revenue was left to its lease's end", "error", err)
	}
}

// settle waits until nothing has been committed for a moment.
func (w *Worker) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.store.Committed():
		case <-time.After(quiet):
			return
		}
	}
}

func sleep(ctx context.Context, duration time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(duration):
	}
}

func (w *Worker) lease() Lease {
	now := w.clock.Now()
	return Lease{Owner: w.owner, Now: now, Until: now.Add(leaseTime)}
}

// Count counts the next stretch of each tenant that is behind; more tells that there may be others. What fails for one
// tenant keeps no other waiting.
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
	return advanced && stretch.More, err
}

// record counts the states that changes left lines in.
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
