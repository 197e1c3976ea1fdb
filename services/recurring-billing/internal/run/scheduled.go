package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// scheduler is the actor of scheduled runs.
const scheduler = "billing schedule"

// retryRests holds how long a failed scheduled run rests before each automatic retry; the last
// value applies to all later retries. Most temporary errors pass within minutes. Others are retried
// once a day until the run of the schedule's next day, which bills everything that is due.
var retryRests = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// rested reports whether a failed scheduled run has rested long enough to be resumed. It is false
// for a run that was imported, and for one whose drafts were finalized or discarded or whose
// invoices were voided.
func (r *Run) rested(at time.Time) bool {
	rest := retryRests[min(r.Retries, len(retryRests)-1)]
	return r.State == Failed && len(r.Jobs) == 0 && r.Actor == scheduler && !at.Before(r.Ended.Add(rest))
}

// StartScheduled starts the runs that are due by the schedules of all tenants. Each day of a
// schedule has exactly one run, even with several replicas. If the last run gave up batches,
// StartScheduled resumes it.
func (s *Service) StartScheduled(ctx context.Context) error {
	schedules, err := s.store.Schedules(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for tenant, schedule := range schedules {
		if err := s.startScheduled(ctx, auth.Principal{Tenant: tenant, Actor: scheduler}, schedule, s.Clock.Now()); err != nil {
			failed = append(failed, fmt.Errorf("starting or resuming the scheduled run of tenant %s: %w", tenant, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) startScheduled(ctx context.Context, by auth.Principal, schedule Schedule, at time.Time) error {
	today, err := schedule.Today(at)
	if err != nil {
		return err
	}
	day, ok := schedule.Latest(today)
	if !ok {
		return nil
	}
	var run Run
	var givenUp int
	err = s.store.Read(ctx, by.Tenant, func(ctx context.Context, r Reader) (err error) {
		if run, err = r.ScheduledRun(ctx, day); err == nil && run.rested(at) {
			givenUp, err = r.CountGivenUp(ctx, run.ID)
		}
		return err
	})
	switch {
	case errors.Is(err, mutation.ErrNotFound):
		return s.createScheduled(ctx, by, schedule, day, today, at)
	case err == nil && givenUp > 0:
		return s.retry(ctx, by, run.ID, at)
	}
	return err
}

func (s *Service) createScheduled(ctx context.Context, by auth.Principal, schedule Schedule, day, today date.Date, at time.Time) error {
	err := s.store.Write(ctx, by, at, func(ctx context.Context, w Writer) error {
		return w.CreateRun(ctx, &Run{
			AsOf: today, Filter: Filter{Cycles: schedule.Cycles}, LeaveDrafts: schedule.LeaveDrafts, State: Pending,
			Scheduled: day, Actor: by.Actor,
		})
	})
	if errors.Is(err, mutation.ErrTaken) {
		return nil
	}
	return err
}

// retry resumes a run with the batches that it gave up. Its invoices and its other problems stay;
// the latter need a person.
func (s *Service) retry(ctx context.Context, by auth.Principal, id ID, at time.Time) error {
	err := s.store.WriteGuarded(ctx, by, at, func(ctx context.Context, w Writer) error {
		run, err := w.Run(ctx, id)
		if err != nil || !run.rested(at) {
			return err
		}
		run.State, run.Ended = Running, time.Time{}
		run.Retries++
		if err := w.RetryBatches(ctx, &run); err != nil {
			return err
		}
		return w.UpdateRun(ctx, &run)
	})
	if errors.Is(err, mutation.ErrStale) {
		return nil // another replica has resumed it
	}
	return err
}
