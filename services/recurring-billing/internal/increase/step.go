package increase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// staleTries is how often a step is tried at once if its lines change meanwhile, each time with
// fewer lines.
const staleTries = 6

// Work does one step of any job, and reports whether there was one. If it fails, the step is left
// undone and tried again later. An error is temporary, or a bug in this program.
func (s *Service) Work(ctx context.Context) (worked bool, err error) {
	at := s.Clock.Now()
	waiting, err := s.store.Waiting(ctx, at)
	if err != nil || !waiting {
		return false, err
	}
	var taken Increase
	for try := range staleTries {
		worked, err = s.store.Step(ctx, at, func(ctx context.Context, w Writer, increase Increase) error {
			taken = increase
			return s.step(ctx, w, &increase, max(1, s.lines>>(2*(try+increase.Attempts))))
		})
		if !errors.Is(err, mutation.ErrStale) {
			break
		}
	}
	if err == nil || taken.ID == 0 || ctx.Err() != nil || errors.Is(err, fault.Unavailable) {
		return worked && err == nil, err
	}
	now := s.Clock.Now()
	taken.Attempts, taken.Failure = taken.Attempts+1, failureOf(err)
	noted := s.store.WriteGuarded(ctx, auth.Principal{Tenant: taken.tenant, Actor: taken.Actor}, now, func(ctx context.Context, w Writer) error {
		return w.PostponeStep(ctx, &taken, now.Add(rest(taken.Attempts)))
	})
	return false, errors.Join(fmt.Errorf("a step of rate increase %d: %w", taken.ID, err), noted)
}

// rest returns how long a step that failed rests: longer after each attempt.
func rest(attempts int) time.Duration { return min(time.Second<<min(attempts, 10), 5*time.Minute) }

// failureOf returns the text that a person sees for an error.
func failureOf(err error) string {
	if errors.Is(err, mutation.ErrStale) {
		return "lines kept changing meanwhile"
	}
	if known, ok := fault.As(err); ok && known.Kind != fault.Internal {
		return known.Message
	}
	return "an internal error; see the server log"
}

// step applies or undoes an increase for up to some lines.
func (s *Service) step(ctx context.Context, w Writer, increase *Increase, lines int) error {
	do := increase.apply
	if increase.State == Undoing {
		do = increase.undo
	}
	if increase.Change == nil {
		increase.Change = money.Totals{}
	}
	more, err := do(ctx, w, lines)
	if err != nil {
		return err
	}
	increase.Attempts, increase.Failure = 0, ""
	if err := w.KeepProgress(ctx, increase); err != nil || more {
		return err
	}
	increase.State, increase.Ended = map[State]State{Applying: Applied, Undoing: Undone}[increase.State], s.Clock.Now()
	return w.UpdateIncrease(ctx, increase)
}

// apply raises the next lines, and reports whether there are more.
func (i *Increase) apply(ctx context.Context, w Writer, limit int) (more bool, err error) {
	lines, err := w.Lines(ctx, i.Filter.query(i.AppliedTo, limit))
	if err != nil {
		return false, err
	}
	for n := range lines {
		l := &lines[n]
		if i.AppliedTo = l.ID; !i.chooses(l) {
			continue
		}
		done, err := i.raise(ctx, w, i.ID, l)
		if err != nil {
			return false, err
		}
		if done.Outcome == Skipped {
			i.Skipped++
		} else {
			i.Raised++
			i.count(&done, 1)
			if err := keep(ctx, w, l); err != nil {
				return false, err
			}
		}
		if err := w.NoteLine(ctx, done); err != nil {
			return false, err
		}
	}
	return len(lines) == limit, nil
}

// undo withdraws the rates of the next lines, and reports whether there are more.
func (i *Increase) undo(ctx context.Context, w Writer, limit int) (more bool, err error) {
	query := listing.Numbered(FieldLine, i.UndoneTo, limit)
	query.Where = listing.All(listing.Is(FieldIncrease, i.ID), listing.Is(FieldOutcome, Raised))
	raised, err := w.IncreaseLines(ctx, query)
	if err != nil {
		return false, err
	}
	lines, err := linesOf(ctx, w, raised)
	if err != nil {
		return false, err
	}
	for _, done := range raised {
		i.UndoneTo = done.Line
		l := lines[done.Line]
		err := l.Lower(ctx, w, done.Raise)
		if refused, ok := fault.As(err); ok && refused.Kind == fault.FailedPrecondition {
			done.Outcome, done.Message = Kept, refused.Message
			i.Kept++
		} else if err != nil {
			return false, err
		} else {
			done.Outcome = Lowered
			i.Lowered++
			i.count(&done, -1)
			if err := keep(ctx, w, l); err != nil {
				return false, err
			}
		}
		if err := w.SettleLine(ctx, done); err != nil {
			return false, err
		}
	}
	return len(raised) == limit, nil
}

// linesOf returns the recurring lines of what was done.
func linesOf(ctx context.Context, r Reader, done []Line) (map[line.ID]*line.Line, error) {
	found := make(map[line.ID]*line.Line, len(done))
	if len(done) == 0 {
		return found, nil
	}
	ids := make([]line.ID, len(done))
	for i := range done {
		ids[i] = done[i].Line
	}
	lines, err := r.LinesOf(ctx, ids)
	for i := range lines {
		found[lines[i].ID] = &lines[i]
	}
	if err == nil && len(found) < len(done) {
		err = fmt.Errorf("%d lines of a rate increase are missing", len(done)-len(found))
	}
	return found, err
}

// keep stores the rates of a line. The line comes first: its version tells whether somebody changed
// its rates meanwhile, with which these would collide.
func keep(ctx context.Context, w LineWriter, l *line.Line) error {
	if err := w.UpdateLine(ctx, l); err != nil {
		return err
	}
	return w.ReplaceRates(ctx, l.ID, l.Rates)
}

// count adds the change of a line's amount to the sum, or subtracts it if sign is -1.
func (i *Increase) count(done *Line, sign int64) {
	currency := done.Old.Currency
	i.Change[currency] = i.Change[currency].Plus(money.SumOf(sign * (done.Rate.MonthlyAmount.Minor() - done.Old.Minor())))
}
