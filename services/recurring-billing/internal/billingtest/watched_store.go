package billingtest

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// WatchedStore is a store of which every step of the runs' work is watched.
type WatchedStore struct {
	run.Store
	Watch
}

func (s *WatchedStore) writer(w run.Writer) *WatchedRuns { return &WatchedRuns{w, s.Watch} }

// PlanRun returns a step.
func (s *WatchedStore) PlanRun(ctx context.Context, at time.Time, do func(context.Context, run.Writer, run.Run) error) (bool, error) {
	return s.commit("PlanRun", func() (bool, error) {
		return s.Store.PlanRun(ctx, at, func(ctx context.Context, w run.Writer, cycleRun run.Run) error {
			return do(ctx, s.writer(w), cycleRun)
		})
	})
}

// DoBatch returns a step.
func (s *WatchedStore) DoBatch(ctx context.Context, at time.Time, hold bool, prepare Prepare, write Write) (bool, error) {
	return s.commit("DoBatch", func() (bool, error) {
		return s.Store.DoBatch(ctx, at, hold, func(ctx context.Context, r run.BatchReader, cycleRun run.Run, batch run.Batch) error {
			return prepare(ctx, &WatchedReader{r, s.Watch}, cycleRun, batch)
		}, func(ctx context.Context, w run.BatchWriter) error { return write(ctx, &WatchedWriter{w, s.Watch}) })
	})
}

// What a batch is done by.
type (
	Prepare = func(context.Context, run.BatchReader, run.Run, run.Batch) error
	Write   = func(context.Context, run.BatchWriter) error
)

// EndRun returns a step.
func (s *WatchedStore) EndRun(ctx context.Context, at time.Time, do func(context.Context, run.Writer, run.Run) error) (bool, error) {
	return s.commit("EndRun", func() (bool, error) {
		return s.Store.EndRun(ctx, at, func(ctx context.Context, w run.Writer, cycleRun run.Run) error {
			return do(ctx, s.writer(w), cycleRun)
		})
	})
}

// commit returns the step after which everything is durable: a failure of it is an answer that was lost.
func (s *WatchedStore) commit(name string, do func() (bool, error)) (bool, error) {
	worked, err := do()
	if s.After != nil && (worked || err != nil) {
		err = s.After(name, err)
	}
	return worked, err
}
