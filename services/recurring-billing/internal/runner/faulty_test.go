package runner_test

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// watchedStore is a store of which every step of the runs' work is watched.
type watchedStore struct {
	domain.RunStore
	watch
}

func (s *watchedStore) writer(w domain.RunWriter) *watchedRuns { return &watchedRuns{w, s.watch} }

func (s *watchedStore) PlanRun(ctx context.Context, at time.Time, do func(context.Context, domain.RunWriter, domain.Run) error) (bool, error) {
	return s.commit("PlanRun", func() (bool, error) {
		return s.RunStore.PlanRun(ctx, at, func(ctx context.Context, w domain.RunWriter, run domain.Run) error {
			return do(ctx, s.writer(w), run)
		})
	})
}

func (s *watchedStore) DoBatch(ctx context.Context, at time.Time, hold bool, prepare prepare, write write) (bool, error) {
	return s.commit("DoBatch", func() (bool, error) {
		return s.RunStore.DoBatch(ctx, at, hold, func(ctx context.Context, r domain.BatchReader, run domain.Run, batch domain.Batch) error {
			return prepare(ctx, &watchedReader{r, s.watch}, run, batch)
		}, func(ctx context.Context, w domain.BatchWriter) error { return write(ctx, &watchedWriter{w, s.watch}) })
	})
}

// What a batch is done by.
type (
	prepare = func(context.Context, domain.BatchReader, domain.Run, domain.Batch) error
	write   = func(context.Context, domain.BatchWriter) error
)

func (s *watchedStore) EndRun(ctx context.Context, at time.Time, do func(context.Context, domain.RunWriter, domain.Run) error) (bool, error) {
	return s.commit("EndRun", func() (bool, error) {
		return s.RunStore.EndRun(ctx, at, func(ctx context.Context, w domain.RunWriter, run domain.Run) error {
			return do(ctx, s.writer(w), run)
		})
	})
}

// commit is the step after which everything is durable: a failure of it is an answer that was lost.
func (s *watchedStore) commit(name string, do func() (bool, error)) (bool, error) {
	worked, err := do()
	if s.after != nil && (worked || err != nil) {
		err = s.after(name, err)
	}
	return worked, err
}
