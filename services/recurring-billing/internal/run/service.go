package run

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Service is what can be done with cycle runs and billing schedules. The tenant and the actor are those of the context;
// without them every method is an Unauthenticated fault.
type Service struct {
	mutation.Service[Reader, Writer]
	store     Store
	catalogue catalogue.Store
	// lines is how many make a batch.
	lines int
}

// NewService is the service on a store, which bills about so many lines at once: LinesPerBatch, but in tests. The clock
// dates changes, and tells what day it is where nobody says.
func NewService(store Store, catalogues catalogue.Store, clock clock.Clock, linesAtOnce int) *Service {
	return &Service{
		Service: mutation.Service[Reader, Writer]{Store: store, Clock: clock}, store: store, catalogue: catalogues, lines: linesAtOnce,
	}
}

// Changed is closed when this process next changes the store.
func (s *Service) Changed() <-chan struct{} { return s.store.Changed() }

// Get is the run of a number.
func (s *Service) Get(ctx context.Context, id ID) (Run, error) {
	run, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Run, error) { return r.Run(ctx, id) })
	return run, mutation.Explain(err, "cycle run", id)
}

// List is the runs that a query asks for.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Run, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Run, error) { return r.Runs(ctx, query) })
}

// Cancel ends a run, or the job of it that goes on, between batches. A run of which nothing goes on is answered as it is.
func (s *Service) Cancel(ctx context.Context, id ID) (Run, error) {
	run, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Run, error) {
		run, err := w.Run(ctx, id)
		if err != nil || !run.GoesOn() {
			return run, err
		}
		if err := w.CancelBatches(ctx, id); err != nil {
			return Run{}, err
		}
		if run, err = w.Run(ctx, id); err != nil || !run.GoesOn() {
			return run, err
		}
		if job := run.Going(); job != nil {
			job.State, job.Ended = Cancelled, s.Clock.Now()
		} else {
			run.State, run.Ended = Cancelled, s.Clock.Now()
		}
		err = w.UpdateRun(ctx, &run)
		return run, err
	}, mutation.Guarded())
	return run, mutation.Explain(err, "cycle run", id)
}
