package run

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// Service is what can be done with cycle runs and billing schedules. The tenant and the actor are those of the context;
// without them every method is an Unauthenticated fault.
type Service struct {
	store     Store
	catalogue catalogue.Store
	clock     clock.Clock
	// lines is how many make a batch.
	lines int
}

// NewService is the service on a store, which bills about so many lines at once: LinesPerBatch, but in tests. The clock
// dates changes, and tells what day it is where nobody says.
func NewService(store Store, catalogues catalogue.Store, clock clock.Clock, linesAtOnce int) *Service {
	return &Service{store: store, catalogue: catalogues, clock: clock, lines: linesAtOnce}
}

// Changed is closed when this process next changes the store.
func (s *Service) Changed() <-chan struct{} { return s.store.Changed() }

// maxYearsAhead is how many years ahead the as-of date of a run may lie.
const maxYearsAhead = 10

// Create starts a run as of a date, of today where it is none.
func (s *Service) Create(ctx context.Context, asOf date.Date, filter Filter, dryRun bool) (Run, error) {
	return s.createRun(ctx, asOf, Run{Filter: filter, DryRun: dryRun})
}

// CreateDraft starts a run that leaves its invoices as drafts.
func (s *Service) CreateDraft(ctx context.Context, asOf date.Date, filter Filter) (Run, error) {
	return s.createRun(ctx, asOf, Run{Filter: filter, LeaveDrafts: true})
}

func (s *Service) createRun(ctx context.Context, asOf date.Date, run Run) (Run, error) {
	if err := s.checkFilter(ctx, run.Filter); err != nil {
		return Run{}, err
	}
	return resource.Write(ctx, s.store, s.clock, false, func(ctx context.Context, w Writer) (Run, error) {
		caller, err := auth.From(ctx)
		if err != nil {
			return Run{}, err
		}
		started := run
		if started.AsOf, err = s.asOf(ctx, w, asOf); err != nil {
			return Run{}, err
		}
		started.State, started.Actor = Pending, caller.Actor
		return started, resource.Explain(w.CreateRun(ctx, &started), "cycle run", started.AsOf)
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

// asOf is the as-of date of a run: the one given, if it is not too far ahead, or today.
func (s *Service) asOf(ctx context.Context, r ScheduleReader, given date.Date) (date.Date, error) {
	today, err := TodayOf(ctx, r, s.clock.Now())
	if err != nil || given.IsZero() {
		return today, err
	}
	if today.AddMonthsClamped(12 * maxYearsAhead).Before(given) {
		return date.Date{}, fault.InvalidField("as_of_date", reason.OutOfRange, "must not lie more than %d years ahead", maxYearsAhead)
	}
	return given, nil
}

func (s *Service) checkFilter(ctx context.Context, filter Filter) error {
	caller, err := auth.From(ctx)
	if err != nil {
		return err
	}
	var v resource.Violations
	check := func(err error, field, what string, key any) error {
		if errors.Is(err, resource.ErrNotFound) {
			v.Add(field, reason.NotFound, fmt.Sprintf("there is no %s %v", what, key))
			return nil
		}
		return err
	}
	err = s.catalogue.Read(ctx, caller.Tenant, func(ctx context.Context, r catalogue.Reader) error {
		for i, code := range filter.Items {
			_, err := r.Item(ctx, code)
			if err := check(err, fmt.Sprintf("filter.items[%d]", i), "item", code); err != nil {
				return err
			}
		}
		for i, code := range filter.Masters {
			_, err := r.MasterAccount(ctx, code)
			if err := check(err, fmt.Sprintf("filter.master_accounts[%d]", i), "master account", code); err != nil {
				return err
			}
		}
		for i, id := range filter.BillTos {
			_, err := r.BillTo(ctx, id)
			if err := check(err, fmt.Sprintf("filter.bill_tos[%d]", i), "bill-to", id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.Err()
}

// Get is the run of a number.
func (s *Service) Get(ctx context.Context, id ID) (Run, error) {
	run, err := resource.Read(ctx, s.store, func(ctx context.Context, r Reader) (Run, error) { return r.Run(ctx, id) })
	return run, resource.Explain(err, "cycle run", id)
}

// List is up to limit runs with numbers below before, 0 for all, the latest first.
func (s *Service) List(ctx context.Context, before ID, limit int) ([]Run, error) {
	return resource.Read(ctx, s.store, func(ctx context.Context, r Reader) ([]Run, error) { return r.Runs(ctx, before, limit) })
}

// Cancel ends a run between batches. One that has ended is answered as it is.
func (s *Service) Cancel(ctx context.Context, id ID) (Run, error) {
	run, err := resource.WriteGuarded(ctx, s.store, s.clock, func(ctx context.Context, w Writer) (Run, error) {
		run, err := w.Run(ctx, id)
		if err != nil || run.State.Ended() {
			return run, err
		}
		if err := w.CancelBatches(ctx, id); err != nil {
			return Run{}, err
		}
		if run, err = w.Run(ctx, id); err != nil || run.State.Ended() {
			return run, err
		}
		run.State, run.Ended = Cancelled, s.clock.Now()
		err = w.UpdateRun(ctx, &run)
		return run, err
	})
	return run, resource.Explain(err, "cycle run", id)
}

// Preview gives the invoices that a run would make, and why others would not be made, in the order of bill-tos. They are
// drafts. give is called between the reads of the store, which see what others commit meanwhile, as a run does.
func (s *Service) Preview(ctx context.Context, asOf date.Date, filter Filter, give func([]invoice.Invoice, []Problem) error) error {
	caller, err := auth.From(ctx)
	if err != nil {
		return err
	}
	if err := s.checkFilter(ctx, filter); err != nil {
		return err
	}
	var ranges []Range
	run := Run{Filter: filter}
	err = s.store.Read(ctx, caller.Tenant, func(ctx context.Context, r Reader) (err error) {
		if run.AsOf, err = s.asOf(ctx, r, asOf); err != nil {
			return err
		}
		ranges, err = s.split(ctx, r, filter)
		return err
	})
	if err != nil {
		return err
	}
	for _, in := range ranges {
		var invoices []invoice.Invoice
		var problems []Problem
		err := s.store.Read(ctx, caller.Tenant, func(ctx context.Context, r Reader) (err error) {
			invoices, problems, err = due(ctx, r, run, in)
			return err
		})
		if err != nil {
			return err
		}
		if err := give(invoices, problems); err != nil {
			return err
		}
	}
	return nil
}

// scheduleOf is the tenant's schedule, one that is switched off where none was ever set.
func scheduleOf(ctx context.Context, r ScheduleReader) (Schedule, error) {
	schedule, err := r.Schedule(ctx)
	if errors.Is(err, resource.ErrNotFound) {
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
	return resource.Read(ctx, s.store, func(ctx context.Context, r Reader) (Upcoming, error) {
		schedule, err := scheduleOf(ctx, r)
		if err != nil {
			return Upcoming{}, err
		}
		return UpcomingOf(ctx, r, schedule, s.clock.Now())
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
		if errors.Is(err, resource.ErrNotFound) {
			next = day
		} else if err != nil {
			return Upcoming{}, err
		}
	}
	return Upcoming{Schedule: schedule, NextRun: next}, nil
}

// SetSchedule sets the tenant's billing schedule whole. An etag that is not empty must be the present one's.
func (s *Service) SetSchedule(ctx context.Context, to Schedule, etag string) (Upcoming, error) {
	return s.UpdateSchedule(ctx, etag, func(schedule *Schedule) { *schedule = to })
}

// UpdateSchedule makes of the tenant's billing schedule what revise makes of it. An etag that is not empty must be the
// present one's. What changes nothing of a schedule that was set leaves its version alone.
func (s *Service) UpdateSchedule(ctx context.Context, etag string, revise func(*Schedule)) (Upcoming, error) {
	return resource.Write(ctx, s.store, s.clock, false, func(ctx context.Context, w Writer) (Upcoming, error) {
		present, err := scheduleOf(ctx, w)
		if err != nil {
			return Upcoming{}, err
		}
		if etag != "" && etag != present.Etag() {
			return Upcoming{}, fault.New(fault.Conflict, reason.EtagMismatch, "the billing schedule has changed since it was read; read it again")
		}
		to := present
		revise(&to)
		if err := to.Check(); err != nil {
			return Upcoming{}, err
		}
		to.Revision, to.Since = present.Revision, present.Since
		if present.Version > 0 && reflect.DeepEqual(to, present) {
			return UpcomingOf(ctx, w, to, s.clock.Now())
		}
		if to.Since, err = to.Today(s.clock.Now()); err != nil {
			return Upcoming{}, err
		}
		if present.Enabled && to.Enabled && present.Day == to.Day && present.Zone == to.Zone {
			to.Since = present.Since
		}
		to.Cycles = slices.Clone(to.Cycles)
		if err := w.PutSchedule(ctx, &to); err != nil {
			return Upcoming{}, err
		}
		return UpcomingOf(ctx, w, to, s.clock.Now())
	})
}
