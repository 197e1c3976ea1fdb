package subscription

import (
	"slices"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// TestDaysAreBilledOnce activates a subscription on 15 January and bills it until 1 March: the cost of the activation and the bill are together what
// the days from then on cost, whether cycles are billed before or after they are.
func TestDaysAreBilledOnce(t *testing.T) {
	today, asOf := date.MustNew(2026, time.January, 15), date.MustNew(2026, time.March, 1)
	for of, want := range map[catalogue.BillingType]struct {
		cost, bill string
		from       date.Date
	}{
		catalogue.PreBill:  {"17.00", "62.00", date.MustNew(2026, time.February, 1)},
		catalogue.PostBill: {"", "48.00", today},
	} {
		from := offered()
		from.billed = of
		before := billed(Draft, "one")
		after := before.Clone()
		after.enter(Effective, lifecycle.Activate, date.Date{}, today)
		cost, err := costOf(t.Context(), from, before, after, &Action{Operation: lifecycle.Activate}, today)
		if err != nil || (cost == nil) != (want.cost == "") || cost != nil && cost.Total.String() != want.cost {
			t.Errorf("%s: the activation costs %+v, %v, want %q", of, cost, err, want.cost)
		}
		c, scheme, err := billing(t.Context(), from, after)
		if err != nil {
			t.Fatal(err)
		}
		bill, err := c.bill(t.Context(), after, coming(c.terms, scheme, today, asOf), nil, asOf)
		if err != nil || bill.Total.String() != want.bill || bill.Lines[0].From != want.from || bill.Lines[0].Cycles != 2 {
			t.Errorf("%s: got %+v, %v, want %s from %s", of, bill, err, want.bill, want.from)
		}
	}
}

// TestLaterCyclesAreBilledWhole bills a service that became effective before the present cycle.
func TestLaterCyclesAreBilledWhole(t *testing.T) {
	today, asOf := date.MustNew(2026, time.March, 10), date.MustNew(2026, time.May, 1)
	of, from := billed(Effective, "one"), offered()
	of.Services[0].FirstActivated, from.billed = date.MustNew(2026, time.January, 15), catalogue.PostBill
	c, scheme, err := billing(t.Context(), from, of)
	if err != nil {
		t.Fatal(err)
	}
	bill, err := c.bill(t.Context(), of, coming(c.terms, scheme, today, asOf), nil, asOf)
	if err != nil || bill.Total.String() != "62.00" || bill.Lines[0].From != date.MustNew(2026, time.March, 1) {
		t.Errorf("got %+v, %v", bill, err)
	}
}

// TestInterruptionsAreNotBilled bills the present cycle, the 28 days of February, of a service that was changed in it.
func TestInterruptionsAreNotBilled(t *testing.T) {
	day := func(of int) date.Date { return date.MustNew(2026, time.February, of) }
	change := func(of int, from, to LifeCycleState) dated {
		return dated{day(of), &Effect{Services: []ServiceEffect{{ID: "other", From: Draft, To: Cancelled}, {ID: "1", From: from, To: to}}}}
	}
	whole := terms.Cycle{Start: day(1), End: date.MustNew(2026, time.March, 1)}
	for name, c := range map[string]struct {
		state   LifeCycleState
		ended   int
		history []dated // the last one first
		want    []interval
	}{
		"nothing changed":          {Effective, 0, nil, []interval{{day(1), whole.End}}},
		"a rest that goes on":      {InResting, 0, []dated{change(11, Effective, InResting)}, []interval{{day(1), day(11)}}},
		"a rest that is over":      {Effective, 0, []dated{change(16, InResting, Effective), change(11, Effective, InResting)}, []interval{{day(1), day(11)}, {day(16), whole.End}}},
		"a rest of no days":        {Effective, 0, []dated{change(11, InResting, Effective), change(11, Effective, InResting)}, []interval{{day(1), whole.End}}},
		"a rest since before":      {Effective, 0, []dated{change(16, InResting, Effective)}, []interval{{day(16), whole.End}}},
		"changed on the first day": {Effective, 0, []dated{change(1, NotEffective, Effective)}, []interval{{day(1), whole.End}}},
		"a cancellation":           {Cancelled, 5, []dated{change(5, Effective, Cancelled)}, []interval{{day(1), day(5)}}},
		"cancelled while at rest":  {Cancelled, 9, []dated{change(9, InResting, Cancelled), change(5, Effective, InResting)}, []interval{{day(1), day(5)}}},
		"a service that was added": {Effective, 0, []dated{change(20, "", Effective)}, []interval{{day(20), whole.End}}},
		"added and cancelled":      {Cancelled, 22, []dated{change(22, Effective, Cancelled), change(20, "", Effective)}, []interval{{day(20), day(22)}}},
		"an end without an action": {Cancelled, 7, nil, []interval{{day(1), day(7)}}},
		"an end of before":         {Cancelled, 1, nil, nil},
		"never effective":          {NotEffective, 0, nil, nil},
		"cancelled late, after a rest": {
			Cancelled, 5, []dated{change(5, InResting, Cancelled), change(6, Effective, InResting)}, []interval{{day(1), day(5)}},
		},
		"activated late, after a rest": {
			InResting, 0, []dated{change(9, Effective, InResting), change(3, NotEffective, Effective)}, []interval{{day(3), day(9)}},
		},
		"short terms after another": {NotEffective, 0, []dated{change(9, ShortTermEffective, NotEffective), change(5, Effective, ShortTermEffective)}, []interval{{day(1), day(9)}}},
	} {
		service := SubscribedService{ID: "1", ServiceLife: ServiceLife{State: c.state, FirstActivated: date.MustNew(2026, time.January, 1)}}
		if c.ended > 0 {
			service.Ended = day(c.ended)
		}
		if got := service.effective(c.history, whole); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// TestHistoryIsInOrderOfExecution rests a service on 6 February and then executes its cancellation of the day before, which was late.
func TestHistoryIsInOrderOfExecution(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, time.February, day, hour, 0, 0, 0, time.UTC) }
	effect := func(to LifeCycleState) *Effect { return &Effect{Services: []ServiceEffect{{ID: "1", To: to}}} }
	late := Action{Settled: at(6, 2), Details: Details{Scheduled: at(5, 23)}, Effect: effect(Cancelled)}
	rest := Action{Settled: at(6, 1), Effect: effect(InResting)}
	atOnce := Action{Settled: at(6, 2), Details: Details{Scheduled: at(5, 22)}, Effect: effect(Effective)}
	var got []LifeCycleState
	for _, past := range latestFirst([]Action{rest, atOnce, late}, Calendar{time.UTC}) {
		got = append(got, past.effect.Services[0].To)
	}
	if want := []LifeCycleState{Cancelled, Effective, InResting}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
