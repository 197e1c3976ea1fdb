package runner_test

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// watchedStore is a store of which every step of the runs' work is watched.
type watchedStore struct {
	domain.BillingStore
	watch
}

func (s *watchedStore) writer(w domain.BillingWriter) *watchedWriter {
	return &watchedWriter{w, s.watch}
}

func (s *watchedStore) PlanRun(ctx context.Context, at time.Time, do func(context.Context, domain.BillingWriter, domain.Run) error) (bool, error) {
	return s.commit("PlanRun", func() (bool, error) {
		return s.BillingStore.PlanRun(ctx, at, func(ctx context.Context, w domain.BillingWriter, run domain.Run) error {
			return do(ctx, s.writer(w), run)
		})
	})
}

func (s *watchedStore) DoBatch(ctx context.Context, at time.Time, hold bool, prepare prepare, write write) (bool, error) {
	return s.commit("DoBatch", func() (bool, error) {
		return s.BillingStore.DoBatch(ctx, at, hold, func(ctx context.Context, r domain.BillingReader, run domain.Run, batch domain.Batch) error {
			return prepare(ctx, &watchedReader{r, s.watch}, run, batch)
		}, func(ctx context.Context, w domain.BillingWriter) error { return write(ctx, s.writer(w)) })
	})
}

// What a batch is done by.
type (
	prepare = func(context.Context, domain.BillingReader, domain.Run, domain.Batch) error
	write   = func(context.Context, domain.BillingWriter) error
)

func (s *watchedStore) EndRun(ctx context.Context, at time.Time, do func(context.Context, domain.BillingWriter, domain.Run) error) (bool, error) {
	return s.commit("EndRun", func() (bool, error) {
		return s.BillingStore.EndRun(ctx, at, func(ctx context.Context, w domain.BillingWriter, run domain.Run) error {
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
