package runner_test

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// watchedStore is a store of which every step of the runs' work is watched.
type watchedStore struct {
	domain.BillingStore
	before func(step string) error
	after  func(step string, err error) error
}

func nothing(string) error             { return nil }
func passed(_ string, err error) error { return err }

func (s *watchedStore) writer(w domain.BillingWriter) *watchedWriter {
	watched := &watchedWriter{BillingWriter: w, before: s.before, after: s.after}
	if watched.before == nil {
		watched.before = nothing
	}
	if watched.after == nil {
		watched.after = passed
	}
	return watched
}

func (s *watchedStore) PlanRun(ctx context.Context, at time.Time, do func(context.Context, domain.BillingWriter, domain.Run) error) (bool, error) {
	return s.commit("PlanRun", func() (bool, error) {
		return s.BillingStore.PlanRun(ctx, at, func(ctx context.Context, w domain.BillingWriter, run domain.Run) error {
			return do(ctx, s.writer(w), run)
		})
	})
}

func (s *watchedStore) DoBatch(ctx context.Context, at time.Time, do func(context.Context, domain.BillingWriter, domain.Run, domain.Batch) error) (bool, error) {
	return s.commit("DoBatch", func() (bool, error) {
		return s.BillingStore.DoBatch(ctx, at, func(ctx context.Context, w domain.BillingWriter, run domain.Run, batch domain.Batch) error {
			return do(ctx, s.writer(w), run, batch)
		})
	})
}

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
