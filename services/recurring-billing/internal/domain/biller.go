package domain

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
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

// ErrBilled says that a line was billed for these days already.
var ErrBilled = errors.New("the period is billed already")

// Biller is what can be done with cycle runs, invoices and billing schedules. The tenant and the actor are those of the
// context, as with Service.
type Biller struct {
	store     BillingStore
	catalogue Store
	clock     clock.Clock
	// lines is how many make a batch.
	lines int
}

// NewBiller is the biller on a store, which bills about so many lines at once: LinesPerBatch, but in tests. The clock dates
// changes, and tells what day it is where nobody says.
func NewBiller(store BillingStore, catalogue Store, clock clock.Clock, linesAtOnce int) *Biller {
	return &Biller{store: store, catalogue: catalogue, clock: clock, lines: linesAtOnce}
}

// Changed is closed when this process next changes the store.
func (b *Biller) Changed() <-chan struct{} { return b.store.Changed() }

// furthest is how many years ahead the as-of date of a run may lie.
const furthest = 10

func readBilling[T any](ctx context.Context, b *Biller, do func(context.Context, BillingReader) (T, error)) (result T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return result, err
	}
	err = b.store.Read(ctx, caller.Tenant, func(ctx context.Context, r BillingReader) error {
		result, err = do(ctx, r)
		return err
	})
	return result, err
}

func writeBilling[T any](ctx context.Context, b *Biller, do func(context.Context, BillingWriter, auth.Principal) (T, error)) (outcome T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return outcome, err
	}
	at := b.clock.Now()
	err = b.store.Write(ctx, caller, at, func(ctx context.Context, w BillingWriter) (err error) {
		outcome, err = idempotency.Do(ctx, w, at, func() (T, error) { return do(ctx, w, caller) })
		return err
	})
	return outcome, err
}

// guardedAttempts is how often something that changes while it is being changed is looked at again.
const guardedAttempts = 10

// writeGuarded runs a mutation of the caller's that guards itself in one transaction, again where what it read has changed,
// and once for each idempotency key.
func writeGuarded[T any](ctx context.Context, b *Biller, do func(context.Context, BillingWriter, auth.Principal) (T, error)) (outcome T, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return outcome, err
	}
	for range guardedAttempts {
		at := b.clock.Now()
		err = b.store.WriteGuarded(ctx, caller, at, func(ctx context.Context, w BillingWriter) (err error) {
			outcome, err = idempotency.Do(ctx, w, at, func() (T, error) { return do(ctx, w, caller) })
			return err
		})
		if !errors.Is(err, ErrStale) {
			break
		}
	}
	return outcome, err
}

// CreateRun starts a run as of a date, of today where it is none.
func (b *Biller) CreateRun(ctx context.Context, asOf date.Date, filter Filter, dryRun bool) (Run, error) {
	return b.createRun(ctx, asOf, Run{Filter: filter, DryRun: dryRun})
}

// CreateDraftRun starts a run that leaves its invoices as drafts.
func (b *Biller) CreateDraftRun(ctx context.Context, asOf date.Date, filter Filter) (Run, error) {
	return b.createRun(ctx, asOf, Run{Filter: filter, LeaveDrafts: true})
}

func (b *Biller) createRun(ctx context.Context, asOf date.Date, run Run) (Run, error) {
	if err := b.checkFilter(ctx, run.Filter); err != nil {
		return Run{}, err
	}
	return writeBilling(ctx, b, func(ctx context.Context, w BillingWriter, caller auth.Principal) (Run, error) {
		started := run
		var err error
		if started.AsOf, err = b.asOf(ctx, w, asOf); err != nil {
			return Run{}, err
		}
		started.State, started.Actor = RunPending, caller.Actor
		return started, explain(w.CreateRun(ctx, &started), "cycle run", started.AsOf)
	})
}

// todayOf is the date at an instant in the zone of the tenant's schedule.
func todayOf(ctx context.Context, r BillingReader, at time.Time) (date.Date, error) {
	schedule, err := scheduleOf(ctx, r)
	if err != nil {
		return date.Date{}, err
	}
	return schedule.Today(at)
}

// asOf is the as-of date of a run: the one given, if it is not too far ahead, or today.
func (b *Biller) asOf(ctx context.Context, r BillingReader, given date.Date) (date.Date, error) {
	today, err := todayOf(ctx, r, b.clock.Now())
	if err != nil || given.IsZero() {
		return today, err
	}
	if today.AddMonthsClamped(12 * furthest).Before(given) {
		return date.Date{}, fault.InvalidField("as_of_date", reason.OutOfRange, "must not lie more than %d years ahead", furthest)
	}
	return given, nil
}

func (b *Biller) checkFilter(ctx context.Context, filter Filter) error {
	caller, err := auth.From(ctx)
	if err != nil {
		return err
	}
	var v violations
	check := func(err error, field, what string, key any) error {
		if errors.Is(err, ErrNotFound) {
			v.add(field, reason.NotFound, fmt.Sprintf("there is no %s %v", what, key))
			return nil
		}
		return err
	}
	err = b.catalogue.Read(ctx, caller.Tenant, func(ctx context.Context, r Reader) error {
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
	return v.err()
}

// Run is the run of a number.
func (b *Biller) Run(ctx context.Context, id RunID) (Run, error) {
	run, err := readBilling(ctx, b, func(ctx context.Context, r BillingReader) (Run, error) { return r.Run(ctx, id) })
	return run, explain(err, "cycle run", id)
}

// Runs is up to limit runs with numbers below before, 0 for all, the latest first.
func (b *Biller) Runs(ctx context.Context, before RunID, limit int) ([]Run, error) {
	return readBilling(ctx, b, func(ctx context.Context, r BillingReader) ([]Run, error) { return r.Runs(ctx, before, limit) })
}

// CancelRun ends a run between batches. One that has ended is answered as it is.
func (b *Biller) CancelRun(ctx context.Context, id RunID) (Run, error) {
	run, err := writeGuarded(ctx, b, func(ctx context.Context, w BillingWriter, _ auth.Principal) (Run, error) {
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
		run.State, run.Ended = RunCancelled, b.clock.Now()
		err = w.UpdateRun(ctx, &run)
		return run, err
	})
	return run, explain(err, "cycle run", id)
}

// Preview gives the invoices that a run would make, and why others would not be made, in the order of bill-tos. They are
// drafts. give is called between the reads of the store, which see what others commit meanwhile, as a run does.
func (b *Biller) Preview(ctx context.Context, asOf date.Date, filter Filter, give func([]Invoice, []Problem) error) error {
	caller, err := auth.From(ctx)
	if err != nil {
		return err
	}
	if err := b.checkFilter(ctx, filter); err != nil {
		return err
	}
	var ranges []Range
	run := Run{Filter: filter}
	err = b.store.Read(ctx, caller.Tenant, func(ctx context.Context, r BillingReader) (err error) {
		if run.AsOf, err = b.asOf(ctx, r, asOf); err != nil {
			return err
		}
		ranges, err = b.split(ctx, r, filter)
		return err
	})
	if err != nil {
		return err
	}
	for _, in := range ranges {
		var invoices []Invoice
		var problems []Problem
		err := b.store.Read(ctx, caller.Tenant, func(ctx context.Context, r BillingReader) (err error) {
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

// Invoice is the invoice of an id, with its items.
func (b *Biller) Invoice(ctx context.Context, id InvoiceID) (Invoice, error) {
	invoice, err := readBilling(ctx, b, func(ctx context.Context, r BillingReader) (Invoice, error) { return r.Invoice(ctx, id) })
	return invoice, explain(err, "invoice", id)
}

// Invoices is up to limit invoices after a place, without their items: those with numbers in the order of the numbers, or,
// where the filter asks for drafts, those in the order of runs, bill-tos and currencies.
func (b *Biller) Invoices(ctx context.Context, filter InvoiceFilter, after InvoicePlace, limit int) ([]Invoice, error) {
	return readBilling(ctx, b, func(ctx context.Context, r BillingReader) ([]Invoice, error) {
		return r.Invoices(ctx, filter, after, limit)
	})
}

// scheduleOf is the tenant's schedule, one that is switched off where none was ever set.
func scheduleOf(ctx context.Context, r BillingReader) (Schedule, error) {
	schedule, err := r.Schedule(ctx)
	if errors.Is(err, ErrNotFound) {
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
func (b *Biller) Schedule(ctx context.Context) (Upcoming, error) {
	return readBilling(ctx, b, func(ctx context.Context, r BillingReader) (Upcoming, error) {
		schedule, err := scheduleOf(ctx, r)
		if err != nil {
			return Upcoming{}, err
		}
		return upcomingOf(ctx, r, schedule, b.clock.Now())
	})
}

func upcomingOf(ctx context.Context, r BillingReader, schedule Schedule, at time.Time) (Upcoming, error) {
	today, err := schedule.Today(at)
	if err != nil {
		return Upcoming{}, err
	}
	next := schedule.Next(today)
	if day, ok := schedule.Latest(today); ok {
		_, err := r.ScheduledRun(ctx, day)
		if errors.Is(err, ErrNotFound) {
			next = day
		} else if err != nil {
			return Upcoming{}, err
		}
	}
	return Upcoming{Schedule: schedule, NextRun: next}, nil
}

// SetSchedule sets the tenant's billing schedule whole. An etag that is not empty must be the present one's.
func (b *Biller) SetSchedule(ctx context.Context, to Schedule, etag string) (Upcoming, error) {
	return b.UpdateSchedule(ctx, etag, func(schedule *Schedule) { *schedule = to })
}

// UpdateSchedule makes of the tenant's billing schedule what revise makes of it. An etag that is not empty must be the
// present one's. What changes nothing of a schedule that was set leaves its version alone.
func (b *Biller) UpdateSchedule(ctx context.Context, etag string, revise func(*Schedule)) (Upcoming, error) {
	return writeBilling(ctx, b, func(ctx context.Context, w BillingWriter, _ auth.Principal) (Upcoming, error) {
		present, err := scheduleOf(ctx, w)
		if err != nil {
			return Upcoming{}, err
		}
		if etag != "" && etag != present.Etag() {
			return Upcoming{}, fault.New(fault.Conflict, reason.EtagMismatch, "the billing schedule has changed since it was read; read it again")
		}
		to := present
		revise(&to)
		if err := to.check(); err != nil {
			return Upcoming{}, err
		}
		to.Revision, to.Since = present.Revision, present.Since
		if present.Version > 0 && reflect.DeepEqual(to, present) {
			return upcomingOf(ctx, w, to, b.clock.Now())
		}
		if to.Since, err = to.Today(b.clock.Now()); err != nil {
			return Upcoming{}, err
		}
		if present.Enabled && to.Enabled && present.Day == to.Day && present.Zone == to.Zone {
			to.Since = present.Since
		}
		to.Cycles = slices.Clone(to.Cycles)
		if err := w.PutSchedule(ctx, &to); err != nil {
			return Upcoming{}, err
		}
		return upcomingOf(ctx, w, to, b.clock.Now())
	})
}
