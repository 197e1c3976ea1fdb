package recurrence

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Agenda finds recurrences of which something is due, without locking them.
type Agenda interface {
	// DueTenants returns the tenants with something due on or before a day.
	DueTenants(ctx context.Context, day date.Date) ([]auth.Tenant, error)
	// Ending returns the keys of a tenant's recurrences that are to end on or before a day, in their
	// order, at most limit of those after a key. Changing returns those with a change scheduled for
	// then.
	Ending(ctx context.Context, tenant auth.Tenant, day date.Date, after Key, limit int) ([]Key, error)
	Changing(ctx context.Context, tenant auth.Tenant, day date.Date, after Key, limit int) ([]Key, error)
}

// calendar is the actor of what happens by itself on its day.
const calendar = "calendar"

// dueBatch is the number of keys that are read at a time.
const dueBatch = 200

// DoDue does everything that is due, of all tenants, each recurrence in a transaction of its own. A
// day of the tenant's time zone decides. What fails is tried again by the next call, and holds
// nothing else up. Replicas that do the same at once do it once: the second finds it done.
func (s *Service) DoDue(ctx context.Context, agenda Agenda) error {
	now := s.Clock.Now().UTC()
	// No time zone is more than a day ahead of UTC.
	tenants, err := agenda.DueTenants(ctx, date.Of(now).AddDays(1))
	if err != nil {
		return err
	}
	var failed []error
	for _, tenant := range tenants {
		if err := s.doDue(ctx, agenda, tenant); err != nil {
			failed = append(failed, fmt.Errorf("doing what is due of tenant %s: %w", tenant, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) doDue(ctx context.Context, agenda Agenda, tenant auth.Tenant) error {
	var own settings.Settings
	if err := s.Store.Read(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		own, err = r.Settings(ctx)
		return err
	}); err != nil {
		return err
	}
	today, err := own.Today(s.Clock.Now())
	if err != nil {
		return err
	}
	return errors.Join(s.doEach(ctx, agenda.Ending, tenant, today), s.doEach(ctx, agenda.Changing, tenant, today))
}

// doEach does what is due of the recurrences that list finds.
func (s *Service) doEach(ctx context.Context, list func(context.Context, auth.Tenant, date.Date, Key, int) ([]Key, error), tenant auth.Tenant, today date.Date) error {
	var after Key
	var failed []error
	for {
		keys, err := list(ctx, tenant, today, after, dueBatch)
		if err != nil || len(keys) == 0 {
			return errors.Join(append(failed, err)...)
		}
		for _, key := range keys {
			if err := s.doOne(ctx, tenant, key); err != nil && !errors.Is(err, mutation.ErrStale) {
				failed = append(failed, fmt.Errorf("recurrence %s: %w", key, err))
			}
		}
		after = keys[len(keys)-1]
	}
}

// doOne does what is due of one recurrence, if it still is.
func (s *Service) doOne(ctx context.Context, tenant auth.Tenant, key Key) error {
	by := auth.Principal{Tenant: tenant, Actor: calendar}
	return s.Store.Write(ctx, by, s.Clock.Now().UTC(), func(ctx context.Context, w Writer) error {
		today, err := settings.Today(ctx, w, w.Now())
		if err != nil {
			return err
		}
		found, err := w.Recurrence(ctx, key)
		if err != nil {
			return err
		}
		if found.endsOn(today) {
			if _, err := change(ctx, w, key, "", settlement{from: today}, &Change{}, func(_ context.Context, _ Writer, r *Recurrence) error { return r.step(End, today) }); err != nil {
				return err
			}
		}
		return doScheduled(ctx, w, key, today)
	})
}

// doScheduled makes the change that is scheduled of a recurrence, if its day has come. One that is
// refused then has failed, with the reason.
func doScheduled(ctx context.Context, w Writer, key Key, today date.Date) error {
	pending, err := w.ScheduledChanges(ctx, pendingOf(key))
	if err != nil || len(pending) == 0 || today.Before(pending[0].Day) {
		return err
	}
	due := pending[0]
	made := plan{wanted: due.Wanted, day: due.Day}
	_, change, err := made.make(ctx, w, key, Change{Note: due.Note, Quote: due.Quote, Scheduled: due.ID, Actor: due.Actor})
	refused, isFault := fault.As(err)
	switch {
	case err == nil:
		due.State = Done
		if change != nil {
			due.Change = change.Version
		}
	case isFault && refused.Kind != fault.Internal && refused.Kind != fault.Unavailable && refused.Kind != fault.Conflict:
		due.State, due.Problem = Failed, refused.Message
	default:
		return err
	}
	return w.UpdateScheduledChange(ctx, &due)
}

// endsOn reports whether the end date of a cancelled recurrence has come.
func (r *Recurrence) endsOn(today date.Date) bool {
	return r.State == Cancelling && !today.Before(r.EndDate)
}
