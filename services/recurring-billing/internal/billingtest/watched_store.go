package billingtest

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// WatchedStore reports every step of the runs' work to a Watch.
type WatchedStore struct {
	run.Store
	Watch
}

func (s *WatchedStore) writer(w run.Writer) *WatchedRuns { return &WatchedRuns{w, s.Watch} }

// PlanRun reports a step.
func (s *WatchedStore) PlanRun(ctx context.Context, at time.Time, do func(context.Context, run.Writer, run.Run) error) (bool, error) {
	return s.commit("PlanRun", func() (bool, error) {
		return s.Store.PlanRun(ctx, at, func(ctx context.Context, w run.Writer, cycleRun run.Run) error {
			return do(ctx, s.writer(w), cycleRun)
		})
	})
}

// DoBatch reports a step.
func (s *WatchedStore) DoBatch(ctx context.Context, at time.Time, hold bool, prepare Prepare, write Write) (bool, error) {
	return s.commit("DoBatch", func() (bool, error) {
		return s.Store.DoBatch(ctx, at, hold, func(ctx context.Context, r run.BatchReader, cycleRun run.Run, batch run.Batch) error {
			return prepare(ctx, &WatchedReader{r, s.Watch}, cycleRun, batch)
		}, func(ctx context.Context, w run.BatchWriter) error { return write(ctx, &WatchedWriter{w, s.Watch}) })
	})
}

// The functions that process a batch.
type (
	Prepare = func(context.Context, run.BatchReader, run.Run, run.Batch) error
	Write   = func(context.Context, run.BatchWriter) error
)

// EndRun reports a step.
func (s *WatchedStore) EndRun(ctx context.Context, at time.Time, do func(context.Context, run.Writer, run.Run) error) (bool, error) {
	return s.commit("EndRun", func() (bool, error) {
		return s.Store.EndRun(ctx, at, func(ctx context.Context, w run.Writer, cycleRun run.Run) error {
			return do(ctx, s.writer(w), cycleRun)
		})
	})
}

// commit reports the commit as a step. If the step fails, the data is durable but the caller gets
// an error.
func (s *WatchedStore) commit(name string, do func() (bool, error)) (bool, error) {
	worked, err := do()
	if s.After != nil && (worked || err != nil) {
		err = s.After(name, err)
	}
	return worked, err
}
