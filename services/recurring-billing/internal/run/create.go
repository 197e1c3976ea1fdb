package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// maxYearsAhead is how many years ahead the as-of date of a run may lie.
const maxYearsAhead = 10

// Create starts a run as of a date, or as of today if the date is zero.
func (s *Service) Create(ctx context.Context, asOf date.Date, filter Filter, preview bool) (Run, error) {
	return s.createRun(ctx, asOf, Run{Filter: filter, Preview: preview})
}

// CreateDraft starts a run that leaves its invoices as drafts.
func (s *Service) CreateDraft(ctx context.Context, asOf date.Date, filter Filter) (Run, error) {
	return s.createRun(ctx, asOf, Run{Filter: filter, LeaveDrafts: true})
}

func (s *Service) createRun(ctx context.Context, asOf date.Date, run Run) (Run, error) {
	if err := s.checkFilter(ctx, run.Filter); err != nil {
		return Run{}, err
	}
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Run, error) {
		caller, err := auth.From(ctx)
		if err != nil {
			return Run{}, err
		}
		started := run
		if started.AsOf, err = s.asOf(ctx, w, asOf); err != nil {
			return Run{}, err
		}
		started.State, started.Actor = Pending, caller.Actor
		return started, mutation.Explain(w.CreateRun(ctx, &started), "cycle run", started.AsOf)
	})
}

// asOf returns the as-of date of a run: the given date if it is not too far ahead, or today if none
// is given.
func (s *Service) asOf(ctx context.Context, r ScheduleReader, given date.Date) (date.Date, error) {
	today, err := TodayOf(ctx, r, s.Clock.Now())
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
	var v fault.Violations
	check := func(err error, field, what string, key any) error {
		if errors.Is(err, mutation.ErrNotFound) {
			v.Add(field, reason.NotFound, "there is no %s %v", what, key)
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
