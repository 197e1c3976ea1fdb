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

// scheduleOf returns the tenant's schedule, or one that is switched off if none was ever set.
func scheduleOf(ctx context.Context, r ScheduleReader) (Schedule, error) {
	schedule, err := r.Schedule(ctx)
	if errors.Is(err, mutation.ErrNotFound) {
		return noSchedule(), nil
	}
	return schedule, err
}

// Upcoming is a schedule and the day of its next run, which is zero while the schedule is switched
// off.
type Upcoming struct {
	Schedule
	NextRun date.Date
}

// Schedule returns the tenant's billing schedule.
func (s *Service) Schedule(ctx context.Context) (Upcoming, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Upcoming, error) {
		schedule, err := scheduleOf(ctx, r)
		if err != nil {
			return Upcoming{}, err
		}
		return UpcomingOf(ctx, r, schedule, s.Clock.Now())
	})
}

// UpcomingOf returns a schedule with the day of its next run, as of an instant.
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

// UpdateSchedule applies revise to the tenant's billing schedule. A non-empty etag must match the
// present one. If nothing changes, the version stays, unless no schedule was set yet.
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

// TodayOf returns the date at an instant in the time zone of the tenant's schedule.
func TodayOf(ctx context.Context, r ScheduleReader, at time.Time) (date.Date, error) {
	schedule, err := scheduleOf(ctx, r)
	if err != nil {
		return date.Date{}, err
	}
	return schedule.Today(at)
}
