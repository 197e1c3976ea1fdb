package store_test

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// TestOverdueActionsComeFirst submits actions while earlier ones are due that no worker has done yet.
func TestOverdueActionsComeFirst(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := begin(t, db)
		l.overdueFirst(t)
		l.failingFirst(t)
		l.foresees(t)
		l.etagBefore(t)
		l.boundedAhead(t)
		l.lastServices(t)
		l.replays(t, db)
	})
}

// overdueFirst rests a subscription that is to be activated before, and whose deactivation before that is not possible.
func (l *life) overdueFirst(t *testing.T) {
	l.draft(t, "o")
	for n, by := range []lifecycle.Operation{lifecycle.Deactivate, lifecycle.Activate} {
		later := order("o", by)
		later.Details.Scheduled = noon.AddDate(0, 0, 1).Add(time.Duration(n) * time.Second)
		l.act(t, later)
	}
	l.clock.Set(noon.AddDate(0, 0, 3))
	rest := order("o", lifecycle.Rest)
	rest.Until = day(time.March, 20)
	previewed, err := l.service.Act(mutation.ValidateOnly(l.ctx), rest)
	if err != nil || previewed.Action.Effect.From != subscription.Effective {
		t.Errorf("previewed: got %+v, %v", previewed.Action, err)
	}
	if got, want := l.actionsOf(t, "o"), []string{"DEACTIVATE_SUBSCRIPTION SCHEDULED", "ACTIVATE_SUBSCRIPTION SCHEDULED"}; !reflect.DeepEqual(got, want) {
		t.Errorf("after a preview: got %v", got)
	}
	rested := l.act(t, rest)
	if !reflect.DeepEqual(rested.Effect, previewed.Action.Effect) {
		t.Errorf("got %+v, previewed %+v", rested.Effect, previewed.Action.Effect)
	}
	if found := l.expect(t, "o", subscription.InResting); found.FirstActivated != day(time.March, 11) {
		t.Errorf("activated on %s, want the day of the overdue action", found.FirstActivated)
	}
	want := []string{"DEACTIVATE_SUBSCRIPTION REJECTED", "ACTIVATE_SUBSCRIPTION EXECUTED", "REST_SUBSCRIPTION EXECUTED", "END_SUBSCRIPTION_RESTING SCHEDULED"}
	if got := l.actionsOf(t, "o"); len(got) != len(want) || !reflect.DeepEqual(got[:2], want[:2]) {
		t.Errorf("got %v, want %v", got, want)
	}
	l.jump(t, noon.AddDate(0, 0, 4))
	l.expect(t, "o", subscription.InResting)
}

// failingFirst refuses an action while one fails that is overdue, until that is cancelled.
func (l *life) failingFirst(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "f")
	at := noon.AddDate(0, 0, 1)
	l.load(t, &subscription.Action{ID: "failing", Number: "failing", Subscription: "f", Operation: lifecycle.Activate, State: subscription.ActionScheduled,
		Details: subscription.Details{Scheduled: at}, Failure: &subscription.Failure{Reason: reason.InternalError, Attempts: 3, Retry: at.AddDate(0, 0, 9)}})
	cancel := order("f", lifecycle.Cancel)
	l.clock.Set(at.Add(time.Hour))
	if _, err := l.service.Act(l.ctx, cancel); reasonOf(err) != reason.ActionOverdue {
		t.Errorf("got %v, want %s", err, reason.ActionOverdue)
	}
	later := order("f", lifecycle.Cancel)
	later.Details.Scheduled = at.AddDate(0, 0, 1)
	if done, err := l.service.Act(mutation.ValidateOnly(l.ctx), later); err != nil || done.Action.Effect != nil {
		t.Errorf("got %+v, %v, want a preview without an effect", done.Action, err)
	}
	if _, err := l.service.CancelAction(l.ctx, "failing", ""); err != nil {
		t.Fatal(err)
	}
	l.act(t, cancel)
	l.expect(t, "f", subscription.Cancelled)
}

// foresees previews scheduled actions, after which the same ones do what was shown.
func (l *life) foresees(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "s")
	l.act(t, order("s", lifecycle.Activate))
	rest := order("s", lifecycle.Rest)
	rest.Until = day(time.March, 14)
	l.act(t, rest)
	for _, c := range []struct {
		by   lifecycle.Operation
		on   int
		from subscription.LifeCycleState
		why  reason.Reason
	}{
		{lifecycle.Deactivate, 2, "", reason.LifeCycleState}, {lifecycle.Deactivate, 5, subscription.Effective, ""}, {lifecycle.Cancel, 6, subscription.NotEffective, ""},
		{lifecycle.Activate, 7, "", reason.LifeCycleState},
	} {
		later := order("s", c.by)
		later.Details.Scheduled = noon.AddDate(0, 0, c.on)
		before := l.actionsOf(t, "s")
		previewed, err := l.service.Act(mutation.ValidateOnly(l.ctx), later)
		if err != nil || previewed.Action.State != subscription.ActionScheduled || (previewed.Action.Rejection == nil) != (c.why == "") ||
			previewed.Action.Rejection != nil && previewed.Action.Rejection.Reason != c.why || c.why == "" && previewed.Action.Effect.From != c.from {
			t.Fatalf("%s on day %d: got %+v, %v", c.by, c.on, previewed.Action, err)
		}
		if after := l.actionsOf(t, "s"); !reflect.DeepEqual(after, before) {
			t.Fatalf("a preview left %v", after)
		}
		if c.why != "" {
			continue
		}
		scheduled := l.act(t, later)
		defer func() {
			if done := l.action(t, string(scheduled.ID)); !reflect.DeepEqual(done.Effect, previewed.Action.Effect) {
				t.Errorf("%s on day %d: previewed %+v, done %+v", c.by, c.on, previewed.Action.Effect, done.Effect)
			}
		}()
	}
	l.jump(t, noon.AddDate(0, 0, 8))
	l.expect(t, "s", subscription.Cancelled)
}

// etagBefore rests a subscription by the etag that it shows while its activation is overdue.
func (l *life) etagBefore(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "e")
	later := order("e", lifecycle.Activate)
	later.Details.Scheduled = noon.AddDate(0, 0, 1)
	l.act(t, later)
	l.clock.Set(noon.AddDate(0, 0, 3))
	rest := order("e", lifecycle.Rest)
	rest.Until, rest.Etag = day(time.March, 20), "other"
	if _, err := l.service.Act(l.ctx, rest); reasonOf(err) != reason.EtagMismatch {
		t.Errorf("another etag: got %v", err)
	}
	present := l.expect(t, "e", subscription.Draft)
	rest.Etag = present.Etag()
	l.act(t, rest)
	l.expect(t, "e", subscription.InResting)
	cancel := order("e", lifecycle.Cancel)
	cancel.Etag = rest.Etag
	if _, err := l.service.Act(l.ctx, cancel); reasonOf(err) != reason.EtagMismatch {
		t.Errorf("the etag from before: got %v", err)
	}
}

// boundedAhead previews an action after as many as a call does before its own, and after one more. What is pending is read once, as no action changes it.
func (l *life) boundedAhead(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "q")
	l.act(t, order("q", lifecycle.Activate))
	load := func(from, until int) {
		var kept []resource.Resource
		for n := from; n < until; n++ {
			by := []lifecycle.Operation{lifecycle.Deactivate, lifecycle.Activate}[n%2]
			kept = append(kept, &subscription.Action{ID: subscription.ActionID(fmt.Sprintf("q%03d", n)), Number: fmt.Sprintf("q%03d", n), Subscription: "q",
				Operation: by, State: subscription.ActionScheduled, Details: subscription.Details{Scheduled: noon.Add(time.Duration(n+1) * time.Second)}})
		}
		l.load(t, kept...)
	}
	const most = 100
	load(0, most)
	later := order("q", lifecycle.Deactivate)
	later.Details.Scheduled = noon.AddDate(0, 0, 1)
	before := l.counted.reads.Load()
	previewed, err := l.service.Act(mutation.ValidateOnly(l.ctx), later)
	if err != nil || previewed.Action.Effect == nil || previewed.Action.Effect.From != subscription.Effective {
		t.Errorf("after %d actions: got %+v, %v", most, previewed.Action, err)
	}
	if reads := l.counted.reads.Load() - before; reads != 1 {
		t.Errorf("what is scheduled was read %d times", reads)
	}
	l.clock.Set(noon.Add(time.Hour))
	rest := order("q", lifecycle.Rest)
	rest.Until = day(time.March, 20)
	if _, err := l.service.Act(mutation.ValidateOnly(l.ctx), rest); err != nil {
		t.Errorf("at once after %d actions: got %v", most, err)
	}
	load(most, most+1)
	if done, err := l.service.Act(mutation.ValidateOnly(l.ctx), later); err != nil || done.Action.Effect != nil || done.Action.Rejection != nil {
		t.Errorf("a preview after %d actions: got %+v, %v, want none of what it would do", most+1, done.Action, err)
	}
	if _, err := l.service.Act(l.ctx, rest); reasonOf(err) != reason.ActionOverdue {
		t.Errorf("at once after %d actions: got %v", most+1, err)
	}
	l.jump(t, noon.Add(time.Hour))
	l.expect(t, "q", subscription.NotEffective)
	l.act(t, rest)
}

// lastServices takes the last service away from a subscription that its type binds until the end of its binding period.
func (l *life) lastServices(t *testing.T) {
	l.clock.Set(noon)
	l.load(t, &catalogue.BillingTermScheme{ID: "bound", Code: "BOUND", State: catalogue.SchemeEffective, Type: catalogue.PreBill, Method: catalogue.ByPeriod},
		&catalogue.SubscriptionType{ID: "bound", Name: "Bound", Rules: lifecycle.Rules{CoolingOffDays: 14, BoundUntilEnd: true}})
	agreed := terms.Terms{ID: "1", Scheme: "bound", Frequency: terms.Monthly, Every: terms.Length{Months: 1}, CycleDay: 1, Agreed: date.Of(noon), Effective: date.Of(noon),
		Binding: &terms.Binding{Period: terms.Quarter, Length: terms.Length{Months: 3}, Start: date.Of(noon), End: day(time.June, 10)}}
	l.load(t, &subscription.Subscription{ID: "l", Number: "l", State: subscription.Draft, Account: "a", Type: "bound", Terms: terms.History{agreed},
		Services: []subscription.SubscribedService{{ID: "1", Product: "p", ServiceLife: subscription.ServiceLife{State: subscription.Draft}}}})
	l.act(t, order("l", lifecycle.Activate))
	add := func(by lifecycle.Operation) string {
		asked := order("l", by)
		asked.Services = []subscription.ServiceOrder{{Field: "x", Product: refer("p")}}
		return l.act(t, asked).Services[0].NewID
	}
	end := func(by lifecycle.Operation, service string) subscription.Order {
		asked := order("l", by)
		asked.Services = []subscription.ServiceOrder{{Field: "x", Present: subscription.PartUpdate{Field: "x", ID: service}}}
		return asked
	}
	draft := add(lifecycle.AddServiceAsDraft)
	if _, err := l.service.Act(l.ctx, end(lifecycle.CancelService, "1")); reasonOf(err) != reason.InBinding {
		t.Errorf("cancelled beside a draft: got %v", err)
	}
	if _, err := l.service.Act(mutation.ValidateOnly(l.ctx), end(lifecycle.RegretService, "1")); err != nil {
		t.Errorf("regretted as the whole can be: got %v", err)
	}
	l.act(t, end(lifecycle.UndoAddService, draft))
	l.clock.Set(noon.AddDate(0, 0, 15)) // the cooling-off days of the subscription are over
	young := add(lifecycle.AddService)
	l.act(t, end(lifecycle.CancelService, "1"))
	if _, err := l.service.Act(l.ctx, end(lifecycle.RegretService, young)); reasonOf(err) != reason.InBinding {
		t.Errorf("regretted in place of the whole: got %v", err)
	}
	l.clock.Set(noon.AddDate(0, 3, 0))
	l.act(t, end(lifecycle.CancelService, young))
}

// countedPending counts how often transactions read what is scheduled for a subscription.
type countedPending struct {
	mutation.Store[subscription.Reader, subscription.Writer]
	reads atomic.Int64
}

func (c *countedPending) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, subscription.Writer) error) error {
	return c.Store.Write(ctx, by, at, func(ctx context.Context, w subscription.Writer) error { return do(ctx, countingPending{w, &c.reads}) })
}

type countingPending struct {
	subscription.Writer
	reads *atomic.Int64
}

func (c countingPending) Pending(ctx context.Context, of subscription.ID) ([]subscription.Action, error) {
	c.reads.Add(1)
	return c.Writer.Pending(ctx, of)
}
