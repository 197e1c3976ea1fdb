package run

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// scheduleOf is the tenant's schedule, one that is switched off where none was ever set.
func scheduleOf(ctx context.Context, r ScheduleReader) (Schedule, error) {
	schedule, err := r.Schedule(ctx)
	if errors.Is(err, mutation.ErrNotFound) {
		return noSchedule(), nil
	}
	return schedule, err
}

// Upcoming is a schedule and the next day it has a run, none while it is switched off.
type Upcoming struct {
	Schedule
	NextRun date.Date
}

// Schedule is the tenant's billing schedule.
func (s *Service) Schedule(ctx context.Context) (Upcoming, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Upcoming, error) {
		schedule, err := scheduleOf(ctx, r)
		if err != nil {
			return Upcoming{}, err
		}
		return UpcomingOf(ctx, r, schedule, s.Clock.Now())
	})
}

// UpcomingOf is a schedule with the next day that it has a run, as of an instant.
func UpcomingOf(ctx context.Context, r UpcomingReader, schedule Schedule, at time.Time) (Upcoming, error) {
	today, err := schedule.Today(at)
	if err != nil {
		return Upcoming{}, err
	}
	next := schedule.Next(today)
	if day, ok := schedule.Latest(today); ok {
		_, err := r.ScheduledRun(ctx, day)
		if errors.Is(err, mutation.ErrNotFound) {
			next = day
		} else if err != nil {
			return Upcoming{}, err
		}
	}
	return Upcoming{Schedule: schedule, NextRun: next}, nil
}

// UpdateSchedule makes of the tenant's billing schedule what revise makes of it. An etag that is not empty must be the
// present one's. What changes nothing of a schedule that was set leaves its version alone.
func (s *Service) UpdateSchedule(ctx context.Context, etag string, revise func(*Schedule) error) (Upcoming, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Upcoming, error) {
		present, err := scheduleOf(ctx, w)
		if err != nil {
			return Upcoming{}, err
		}
		if etag != "" && etag != present.Etag() {
			return Upcoming{}, fault.New(fault.Conflict, reason.EtagMismatch, "the billing schedule has changed since it was read; read it again")
		}
		to := present
		if err := revise(&to); err != nil {
			return Upcoming{}, err
		}
		if err := to.Check(); err != nil {
			return Upcoming{}, err
		}
		to.Revision, to.Since = present.Revision, present.Since
		if present.Version > 0 && reflect.DeepEqual(to, present) {
			return UpcomingOf(ctx, w, to, s.Clock.Now())
		}
		if to.Since, err = to.Today(s.Clock.Now()); err != nil {
			return Upcoming{}, err
		}
		if present.Enabled && to.Enabled && present.Day == to.Day && present.Zone == to.Zone {
			to.Since = present.Since
		}
		to.Cycles = slices.Clone(to.Cycles)
		if err := w.PutSchedule(ctx, &to); err != nil {
			return Upcoming{}, err
		}
		return UpcomingOf(ctx, w, to, s.Clock.Now())
	})
}

// TodayOf is the date at an instant in the zone of the tenant's schedule.
func TodayOf(ctx context.Context, r ScheduleReader, at time.Time) (date.Date, error) {
	schedule, err := scheduleOf(ctx, r)
	if err != nil {
		return date.Date{}, err
	}
	return schedule.Today(at)
}
