package usage

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/date"
)

// sent is an event with the place where it is counted.
type sent struct {
	Event
	at Place
}

// draw draws some revisions of some events. Each revision of an event is the same whenever it is sent.
func draw(t *rapid.T) (all []sent) {
	for id := range rapid.IntRange(1, 4).Draw(t, "events") {
		for revision := range rapid.IntRange(1, 3).Draw(t, "revisions") {
			month := MonthOf(date.MustNew(2026, time.Month(1+rapid.IntRange(0, 1).Draw(t, "month")), 1))
			all = append(all, sent{
				Event{ID: EventID(fmt.Sprint(id)), Revision: int32(revision), Quantity: rapid.Int64Range(0, 9).Draw(t, "quantity")},
				Place{recurrence.Key{Customer: "C", Recurrence: "R"}, catalogue.ServiceID(fmt.Sprint("S", rapid.IntRange(0, 1).Draw(t, "service"))), month},
			})
		}
	}
	return all
}

// consumed returns what counts have consumed, without totals of 0.
func (t *tally) consumed() map[Place]int64 {
	sums := make(map[Place]int64)
	for place, total := range t.totals {
		if total.Consumed != 0 {
			sums[place] = total.Consumed
		}
	}
	return sums
}

// Usage summed in any order, in any batches and with repeats is the same: the sum of the last revisions.
func TestOrderAndRepeatsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := draw(t)
		last := make(map[EventID]sent)
		for _, event := range all {
			if event.Revision >= last[event.ID].Revision {
				last[event.ID] = event
			}
		}
		want := make(map[Place]int64)
		for _, event := range last {
			if want[event.at] += event.Quantity; want[event.at] == 0 {
				delete(want, event.at)
			}
		}
		repeats := rapid.SliceOfN(rapid.SampledFrom(all), 0, 6).Draw(t, "repeats")
		order := rapid.Permutation(append(slices.Clone(all), repeats...)).Draw(t, "order")
		counts := newTally(nil, nil)
		for _, event := range order {
			counts.add(event.Event, event.at, Limit{})
			if rapid.Bool().Draw(t, "next batch") {
				counts = counts.stored()
			}
		}
		if got := counts.consumed(); !maps.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// stored returns a tally that begins where another ends.
func (t *tally) stored() *tally {
	var totals []Total
	for _, total := range t.totals {
		totals = append(totals, *total)
	}
	return newTally(totals, slices.Collect(maps.Values(t.events)))
}

// A package that refuses more than the limit never counts more, and a correction downwards always counts.
func TestRefusedLimitHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := Limit{Included: int32(rapid.IntRange(1, 12).Draw(t, "limit")), Refused: true}
		counts := newTally(nil, nil)
		for _, event := range rapid.Permutation(draw(t)).Draw(t, "order") {
			before, known := counts.events[event.ID]
			verdict := counts.add(event.Event, event.at, limit)
			lowers := known && event.Quantity <= before.Quantity && counts.places[before.Total] == event.at
			if verdict == Refused && lowers {
				t.Fatalf("refused %+v after %+v", event, before)
			}
		}
		for place, sum := range counts.consumed() {
			if sum > int64(limit.Included) {
				t.Fatalf("counted %d in %s, of %d", sum, place, limit.Included)
			}
		}
	})
}

func TestEachThresholdIsReachedOnce(t *testing.T) {
	total, thresholds := &Total{Included: 10}, []int32{80, 100}
	for _, c := range []struct {
		consumed int64
		want     []int32
	}{{7, nil}, {8, []int32{80}}, {9, nil}, {2, nil}, {30, []int32{100}}, {31, nil}} {
		before := *total
		total.Consumed = c.consumed
		if got := total.reached(before, thresholds); !slices.Equal(got, c.want) {
			t.Errorf("%d of 10: got %v, want %v", c.consumed, got, c.want)
		}
	}
	if total = (&Total{Consumed: 5}); total.reached(Total{}, thresholds) != nil {
		t.Error("a service without a limit reached one")
	}
}

// What was passed before the tenant chose a share creates no alert of it, also when it falls and rises again, but a lowered limit does.
func TestSharesThatWerePassedCreateNoAlert(t *testing.T) {
	for _, c := range []struct {
		before, after Total
		want          []int32
	}{
		{Total{Consumed: 95, Included: 100, Alerted: 80}, Total{Consumed: 95, Included: 100, Alerted: 80}, nil},
		{Total{Consumed: 95, Included: 100}, Total{Consumed: 96, Included: 100}, nil},
		{Total{Consumed: 95, Included: 100, Alerted: 90}, Total{Consumed: 130, Included: 100, Alerted: 90}, []int32{120}},
		{Total{Consumed: 50, Included: 100, Alerted: 50}, Total{Consumed: 51, Included: 55, Alerted: 50}, []int32{90}},
		{Total{Consumed: 50}, Total{Consumed: 51, Included: 55}, []int32{50, 90}},
	} {
		if got := c.after.reached(c.before, []int32{50, 90, 120}); !slices.Equal(got, c.want) {
			t.Errorf("%+v, then %d of %d: got %v, want %v", c.before, c.after.Consumed, c.after.Included, got, c.want)
		}
	}
}
