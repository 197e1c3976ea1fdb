package increase

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// LinesPerStep is how many lines a step of a job changes, which bounds its memory and how long it
// delays other writers.
const LinesPerStep = 250

// Service manages rate increases. The tenant and the actor come from the context; without them,
// every method returns an Unauthenticated fault. If a method returns an error, nothing has changed.
type Service struct {
	mutation.Service[Reader, Writer]
	store Store
	lines int
}

// NewService returns a service that uses store. lines is how many lines a step changes:
// LinesPerStep, except in tests.
func NewService(store Store, clock clock.Clock, lines int) *Service {
	return &Service{Service: mutation.Service[Reader, Writer]{Store: store, Clock: clock}, store: store, lines: lines}
}

// increases is how mutations find and store increases.
var increases = mutation.Resource[ID, Increase, Writer]{What: "rate increase", Find: Writer.Increase, Keep: Writer.UpdateIncrease}

// Create plans an increase.
func (s *Service) Create(ctx context.Context, increase Increase) (Increase, error) {
	increase.State, increase.Actor, increase.Progress = Planned, "", Progress{}
	return mutation.Create(ctx, s.Service, increase, func(ctx context.Context, w Writer, created *Increase) error {
		if err := Settle(ctx, w, &created.Plan); err != nil {
			return err
		}
		return mutation.Explain(w.CreateIncrease(ctx, created), "rate increase", created.ID)
	})
}

// Settle completes a plan, or returns a fault that lists the rules it breaks.
func Settle(ctx context.Context, r Catalogue, plan *Plan) error {
	var v fault.Violations
	plan.check(&v)
	check := func(err error, field, what string, key any) error {
		if errors.Is(err, mutation.ErrNotFound) {
			v.Add(field, reason.NotFound, "there is no %s %v", what, key)
			return nil
		}
		return err
	}
	for i, code := range plan.Filter.Items {
		_, err := r.Item(ctx, code)
		if err := check(err, fmt.Sprintf("line_filter.items[%d]", i), "item", code); err != nil {
			return err
		}
	}
	for i, id := range plan.Filter.BillTos {
		_, err := r.BillTo(ctx, id)
		if err := check(err, fmt.Sprintf("line_filter.bill_tos[%d]", i), "bill-to", id); err != nil {
			return err
		}
	}
	for i, code := range plan.Filter.Masters {
		_, err := r.MasterAccount(ctx, code)
		if err := check(err, fmt.Sprintf("line_filter.master_accounts[%d]", i), "master account", code); err != nil {
			return err
		}
	}
	known, err := r.KnownLines(ctx, plan.Excluded)
	if err != nil {
		return err
	}
	for i, id := range plan.Excluded {
		if !slices.Contains(known, id) {
			v.Add(fmt.Sprintf("excluded_lines[%d]", i), reason.NotFound, "there is no recurring line %d", id)
		}
	}
	return v.Err()
}

// Get returns the increase with the given number.
func (s *Service) Get(ctx context.Context, id ID) (Increase, error) {
	return mutation.Get(ctx, s.Service, "rate increase", Reader.Increase, id)
}

// List returns the increases that match a query.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Increase, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Increase, error) { return r.Increases(ctx, query) })
}

// Lines returns what increases did to lines.
func (s *Service) Lines(ctx context.Context, query listing.Query) ([]Line, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Line, error) { return r.IncreaseLines(ctx, query) })
}

// Follow returns a channel that gets a value when this process has changed an increase of the
// caller's tenant, or what its job has done. leave must be called once.
func (s *Service) Follow(ctx context.Context) (news <-chan struct{}, leave func(), err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, nil, err
	}
	news, leave = s.store.Follow(caller.Tenant)
	return news, leave, nil
}

// Update applies revise to a planned increase. A non-empty etag must match the increase's.
func (s *Service) Update(ctx context.Context, id ID, etag string, revise func(*Increase) error) (Increase, error) {
	return mutation.Change(ctx, s.Service, increases, id, etag, func(ctx context.Context, w Writer, increase *Increase) error {
		present := *increase
		if err := present.checkPlanned(); err != nil {
			return err
		}
		if err := revise(increase); err != nil {
			return err
		}
		plan := increase.Plan
		*increase = present
		increase.Plan = plan
		return Settle(ctx, w, &increase.Plan)
	})
}

// Delete removes a planned increase. A non-empty etag must match the increase's.
func (s *Service) Delete(ctx context.Context, id ID, etag string) error {
	return mutation.Delete(ctx, s.Service, increases, id, etag, func(ctx context.Context, w Writer, increase Increase) error {
		if err := increase.checkPlanned(); err != nil {
			return err
		}
		return w.DeleteIncrease(ctx, increase)
	})
}

func (i *Increase) checkPlanned() error {
	if i.State == Planned {
		return nil
	}
	return fault.New(fault.FailedPrecondition, reason.IncreaseStarted, "rate increase %d is %s: plan another one, or undo this one", i.ID, i.State)
}
