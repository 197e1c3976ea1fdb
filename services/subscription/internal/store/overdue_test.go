package store_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// TestOverdueActionsComeFirst submits actions while earlier ones are due that no worker has done yet.
func TestOverdueActionsComeFirst(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := begin(t, db)
		l.overdueFirst(t)
		l.failingFirst(t)
		l.foresees(t)
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
