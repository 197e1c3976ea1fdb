package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Work does one piece of work of any run, and reports whether there was one. If it fails, the work
// is left as it was. An error is temporary, or a bug in this program.
func (s *Service) Work(ctx context.Context) (worked bool, err error) {
	_, worked, err = s.work(ctx)
	return worked, err
}

// work also reports whether any work waits, which other workers may be doing.
func (s *Service) work(ctx context.Context) (waits, worked bool, err error) {
	at := s.Clock.Now()
	waiting, err := s.store.Waiting(ctx, at)
	if err != nil {
		return false, false, err
	}
	waits = waiting != Waiting{}
	var failed []error
	// A piece that fails does not hold back the others.
	for _, piece := range []struct {
		waits bool
		take  func() (bool, error)
	}{
		{waiting.Plan, func() (bool, error) { return again(s.store.PlanRun(ctx, at, s.plan)) }},
		{waiting.Batch, func() (bool, error) { return s.batch(ctx, at) }},
		{waiting.End, func() (bool, error) { return again(s.store.EndRun(ctx, at, s.end)) }},
	} {
		if !piece.waits {
			continue
		}
		worked, err := piece.take()
		if err != nil {
			failed = append(failed, err)
		} else if worked {
			return waits, true, errors.Join(failed...)
		}
	}
	return waits, false, errors.Join(failed...)
}

// again treats a run that was cancelled meanwhile as work done, since there may be more work.
func again(worked bool, err error) (bool, error) {
	if errors.Is(err, mutation.ErrStale) {
		return true, nil
	}
	return worked, err
}

func (s *Service) plan(ctx context.Context, w Writer, run Run) error {
	ranges, err := s.split(ctx, w, run.Filter)
	if err != nil {
		return fmt.Errorf("splitting cycle run %d: %w", run.ID, err)
	}
	if err := w.CreateBatches(ctx, run.ID, ranges); err != nil {
		return err
	}
	run.State, run.Batches = Running, len(ranges)
	return w.UpdateRun(ctx, &run)
}

// end ends a run or a job whose batches are all done or given up.
func (s *Service) end(ctx context.Context, w Writer, run Run) error {
	switch {
	case run.State.Ended():
		run.endJob(s.Clock.Now())
	case run.ProblemCount > 0:
		run.State, run.Ended = Failed, s.Clock.Now()
	default:
		run.State, run.Ended = Succeeded, s.Clock.Now()
	}
	return w.UpdateRun(ctx, &run)
}
