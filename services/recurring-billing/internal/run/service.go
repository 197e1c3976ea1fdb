package run

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Service manages cycle runs and billing schedules. The tenant and the actor come from the context;
// without them, every method returns an Unauthenticated fault.
type Service struct {
	mutation.Service[Reader, Writer]
	store     Store
	catalogue catalogue.Store
	// lines is the number of lines in a batch.
	lines int
}

// NewService returns a service that uses store. linesAtOnce is about how many lines a batch bills:
// LinesPerBatch, except in tests. The clock dates changes and gives today's date as the default
// as-of date.
func NewService(store Store, catalogues catalogue.Store, clock clock.Clock, linesAtOnce int) *Service {
	return &Service{
		Service: mutation.Service[Reader, Writer]{Store: store, Clock: clock}, store: store, catalogue: catalogues, lines: linesAtOnce,
	}
}

// Follow returns a channel that gets a value when this process has changed a run of the caller's tenant, or
// what its batches have done. leave must be called once.
func (s *Service) Follow(ctx context.Context) (news <-chan struct{}, leave func(), err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, nil, err
	}
	news, leave = s.store.Follow(caller.Tenant)
	return news, leave, nil
}

// Get returns the run with the given number.
func (s *Service) Get(ctx context.Context, id ID) (Run, error) {
	return mutation.Get(ctx, s.Service, "cycle run", Reader.Run, id)
}

// List returns the runs that match a query.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Run, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Run, error) { return r.Runs(ctx, query) })
}

// Cancel ends a run, or its running job, between batches. A run of which nothing is running is
// returned unchanged.
func (s *Service) Cancel(ctx context.Context, id ID) (Run, error) {
	run, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Run, error) {
		run, err := w.Run(ctx, id)
		if err != nil || !run.InProgress() {
			return run, err
		}
		if err := w.CancelBatches(ctx, id); err != nil {
			return Run{}, err
		}
		if run, err = w.Run(ctx, id); err != nil || !run.InProgress() {
			return run, err
		}
		if job := run.RunningJob(); job != nil {
			job.State, job.Ended = Cancelled, s.Clock.Now()
		} else {
			run.State, run.Ended = Cancelled, s.Clock.Now()
		}
		err = w.UpdateRun(ctx, &run)
		return run, err
	}, mutation.Guarded())
	return run, mutation.Explain(err, "cycle run", id)
}
