package lives_test

import (
	"fmt"
	"slices"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// increased is an increase that was applied.
type increased struct {
	id     increase.ID
	raised map[int32]*raised
	undone bool
}

func (l *life) amount() int64 {
	return rapid.OneOf(rapid.Int64Range(-20_000, 100_000), rapid.Just(int64(10_000))).Draw(l.T, "amount")
}

// raises applies an increase to all lines.
func (l *life) raises() {
	plan := increase.Plan{Reason: "YEARLY"}
	percent := rapid.SampledFrom([]int64{10, -4, 25}).Draw(l.T, "percent")
	plan.Percent = decimal.MustNew(percent, 0)
	if plan.AtNextCycle = rapid.Bool().Draw(l.T, "at next cycle date"); !plan.AtNextCycle {
		plan.Effective = l.day(l.refs[0], "raised from")
	}
	made, err := l.world.increases.Create(l.ctx, increase.Increase{Plan: plan})
	var previewed []increase.Line
	if err == nil {
		_, err = l.world.increases.Preview(l.ctx, made.ID, func(lines []increase.Line) error { previewed = append(previewed, lines...); return nil })
	}
	if err == nil {
		_, err = l.world.increases.Apply(l.ctx, made.ID, "")
	}
	if err != nil {
		l.Fatal(err)
	}
	l.work()
	next := func(old int64) (int64, bool) {
		raised := (2*old*(100+percent) + 100) / 200 // half up
		return raised, old >= 0 && raised != old
	}
	of := &increased{id: made.ID, raised: map[int32]*raised{}}
	for _, ref := range l.refs {
		if !ref.end.IsZero() && !ref.next.Before(ref.end) {
			continue // it is not open
		}
		from := plan.Effective
		if plan.AtNextCycle {
			from = ref.next
		}
		if given := ref.raise(from, next); given != nil {
			of.raised[ref.number] = given
		}
	}
	l.increases = append(l.increases, of)
	l.outcomes(of, increase.Raised, func(n int32) bool { return of.raised[n] != nil })
	l.applied(made.ID, previewed)
}

// applied checks that an increase did to each line what its preview showed.
func (l *life) applied(id increase.ID, previewed []increase.Line) {
	found := l.outcomesOf(id)
	does := func(done increase.Line) string {
		return fmt.Sprint(done.Line, done.Outcome, done.Old, done.Rate.Effective, done.Rate.From(), done.Rate.MonthlyAmount, done.Rate.Reason)
	}
	if !slices.EqualFunc(previewed, found, func(a, b increase.Line) bool { return does(a) == does(b) }) {
		l.Fatalf("the preview of increase %d was %+v, applying did %+v", id, previewed, found)
	}
}

// outcomesOf returns what an increase did to lines, in their order.
func (l *life) outcomesOf(id increase.ID) []increase.Line {
	query := listing.Numbered(increase.FieldLine, line.ID(0), 1000)
	query.Where = listing.Is(increase.FieldIncrease, id)
	found, err := l.world.increases.Lines(l.ctx, query)
	if err != nil {
		l.Fatal(err)
	}
	return found
}

// outcomes checks which lines an increase has an outcome for.
func (l *life) outcomes(of *increased, outcome increase.Outcome, want func(line int32) bool) {
	found := l.outcomesOf(of.id)
	has := map[int32]increase.Line{}
	for _, done := range found {
		has[int32(done.Line)] = done
	}
	for _, ref := range l.refs {
		if done := has[ref.number]; (done.Outcome == outcome) != want(ref.number) {
			l.Fatalf("increase %d: %+v, want %s: %t", of.id, done, outcome, want(ref.number))
		}
	}
}

// lowers undoes an increase.
func (l *life) lowers() {
	if len(l.increases) == 0 {
		return
	}
	of := rapid.SampledFrom(l.increases).Draw(l.T, "undone")
	if of.undone {
		return
	}
	of.undone = true
	if _, err := l.world.increases.Undo(l.ctx, of.id, ""); err != nil {
		l.Fatal(err)
	}
	l.work()
	lowered := map[int32]bool{}
	for _, ref := range l.refs {
		if given := of.raised[ref.number]; given != nil {
			lowered[ref.number] = ref.lower(given)
		}
	}
	l.outcomes(of, increase.Lowered, func(n int32) bool { return lowered[n] })
}
